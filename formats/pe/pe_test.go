package pe_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/formats/pe"
	"github.com/gildhq/gild/internal/testenv"
)

// TestSigned compares the digests of signed files with those in their signatures.
func TestSigned(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(testenv.Shared(t, "pe/putty.exe")), "*"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want := signedDigest(data)
		if want == nil {
			continue
		}
		compared++
		long, short := sha256.New(), sha1.New()
		if err := pe.WriteImage(io.MultiWriter(long, short), bytes.NewReader(data), int64(len(data))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(want, long.Sum(nil)) && !bytes.Equal(want, short.Sum(nil)) {
			t.Errorf("%s: the digest is %x, signed is %x", filepath.Base(name), long.Sum(nil), want)
		}
	}
	if compared < 5 {
		t.Errorf("only %d files are signed", compared)
	}
}

// signedDigest finds the digest in the signature of a file; nil if there is none.
func signedDigest(data []byte) []byte {
	if len(data) < 0x40 || string(data[:2]) != "MZ" {
		return nil
	}
	at := int(binary.LittleEndian.Uint32(data[0x3c:]))
	if at+0x100 > len(data) || string(data[at:at+4]) != "PE\x00\x00" {
		return nil
	}
	entry := at + 24 + 96 + 32
	if binary.LittleEndian.Uint16(data[at+24:]) == 0x20b {
		entry += 16
	}
	start, length := binary.LittleEndian.Uint32(data[entry:]), binary.LittleEndian.Uint32(data[entry+4:])
	if length == 0 || uint64(start)+uint64(length) > uint64(len(data)) {
		return nil
	}
	table := data[start : start+length]
	oid, _ := asn1.Marshal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 1, 15})
	i := bytes.Index(table, oid)
	if i < 0 {
		return nil
	}
	for j := i; j+1 < min(len(table), i+200); j++ { // the DigestInfo comes soon after the kind of data
		if table[j] == 4 && (table[j+1] == 20 || table[j+1] == 32) && j+2+int(table[j+1]) <= len(table) {
			var digest []byte
			if _, err := asn1.Unmarshal(table[j:], &digest); err == nil {
				return digest
			}
		}
	}
	return nil
}

func TestErrors(t *testing.T) {
	good := testenv.ReadShared(t, "pe/amdxata.sys")
	at := int(binary.LittleEndian.Uint32(good[0x3c:]))
	change := func(offset int, b ...byte) []byte {
		data := bytes.Clone(good)
		copy(data[offset:], b)
		return data
	}
	for name, data := range map[string][]byte{
		"empty":          nil,
		"text":           bytes.Repeat([]byte("text"), 100),
		"offset":         change(0x3c, 0xff, 0xff, 0xff, 0xff),
		"signature":      change(at, 'N', 'E'),
		"magic":          change(at+24, 0x07, 0x01),
		"headers":        change(at+24+60, 0xff, 0xff, 0xff, 0xff),
		"sections":       change(at+6, 0xff, 0xff),
		"cut in section": good[:len(good)/2],
	} {
		if err := pe.WriteImage(io.Discard, bytes.NewReader(data), int64(len(data))); !errors.Is(err, pe.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func FuzzWriteImage(f *testing.F) {
	f.Add([]byte("MZ"))
	if data := testenv.ReadShared(f, "pe/amdxata.sys"); len(data) > 4096 {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var n counter
		err := pe.WriteImage(&n, bytes.NewReader(data), int64(len(data)))
		if err != nil && !errors.Is(err, pe.ErrFormat) {
			t.Fatal(err)
		}
		if int64(n) > int64(len(data))+8 {
			t.Fatalf("%d bytes are digested of %d", n, len(data))
		}
	})
}
