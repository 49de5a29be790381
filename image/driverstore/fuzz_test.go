package driverstore

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// FuzzVersion: what is taken for a version is written back to the same bytes.
func FuzzVersion(f *testing.F) {
	for _, s := range []string{
		"00ff09000000000072dde7f26864364eb6f16488f42c1b5200805eb78dbcd20100000000000001000000000000000000",
		"ffff09000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000", "00ff",
	} {
		b, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseVersion(b)
		if err != nil {
			return
		}
		out := bytes.Clone(b)
		binary.LittleEndian.PutUint16(out[2:], v.arch)
		for i, n := range []int{38, 36, 34, 32} {
			binary.LittleEndian.PutUint16(out[n:], v.number[i])
		}
		if at := binary.LittleEndian.Uint64(b[24:]); at < 1<<63 {
			binary.LittleEndian.PutUint64(out[24:], uint64(nt.TimeOf(v.date)))
		}
		if !bytes.Equal(out, b) || v.class != "" && len(v.class) != 38 {
			t.Errorf("%x is %+v", b, v)
		}
	})
}
