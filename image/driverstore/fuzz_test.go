package driverstore

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// FuzzVersion: a parsed version is written as the same bytes.
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
		if own, err := parseVersion(v.bytes()); err != nil || own.class != v.class || own.number != v.number || own.arch != v.arch {
			t.Errorf("%x is %+v, written and read %+v (%v)", b, v, own, err)
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

// FuzzNumbers: marking a number changes nothing else in the map.
func FuzzNumbers(f *testing.F) {
	f.Add([]byte{0xff, 0xf0}, 12)
	f.Add([]byte{}, 0)
	f.Add([]byte{0x80, 0, 0}, 99_999)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > maxNumber || len(b) > maxMap {
			return
		}
		want := map[int]bool{}
		for i := range infMap(b).numbers() {
			want[i] = true
		}
		for _, used := range []bool{true, false} {
			m := infMap(b).with(n, used)
			delete(want, n)
			if used {
				want[n] = true
			}
			got := map[int]bool{}
			for i := range m.numbers() {
				got[i] = true
			}
			if !maps.Equal(got, want) || len(m) > 0 && m[len(m)-1] == 0 {
				t.Errorf("%x with %d %t is %x", b, n, used, m)
			}
		}
	})
}

// FuzzNames: a name with a number is the one that Windows gives that number.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"oem0.inf", "OEM12.PNF", "oem007.inf", "oem99999999999999999999.inf", "oem.inf", "disk.inf", "{4d36e972-e325-11ce-bfc1-08002be10318}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := oemNumber(s); ok && !strings.EqualFold(s, publishedName(n)) && !strings.EqualFold(s, strings.TrimSuffix(publishedName(n), "inf")+"pnf") {
			t.Errorf("%q is %d", s, n)
		}
		if b, err := parseGUID(s); err == nil && len(guid(b[:])) != 38 {
			t.Errorf("%q is %s", s, guid(b[:]))
		}
	})
}
