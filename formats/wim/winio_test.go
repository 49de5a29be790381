//go:build windows || linux

package wim

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/Microsoft/go-winio/wim"
)

// TestWinio has go-winio read what it can of what we write.
func TestWinio(t *testing.T) {
	for _, format := range []format{{None, 0}, {LZX, 1 << 15}} {
		t.Run(format.String(), func(t *testing.T) {
			winioReads(t, format, writeHandmade(t, format))
		})
	}
}

func writeHandmade(t *testing.T, format format) string {
	return writeFile(t, func(w io.WriteSeeker) error {
		b, err := NewBuilder(format.options())
		must(t, err)
		must(t, b.AddImage(handmade(), ImageInfo{Name: "handmade"}))
		return b.Write(t.Context(), w)
	})
}

func winioReads(t *testing.T, format format, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	if format.compression == None {
		copy(b[20:], []byte{0, 0x80, 0, 0}) // it wants a chunk size here; wimlib refuses one
	}
	r, err := wim.NewReader(bytes.NewReader(b))
	must(t, err)
	root, err := r.Image[0].Open()
	must(t, err)
	list, err := root.Readdir()
	must(t, err)
	if len(list) != 8 {
		t.Errorf("go-winio sees %d entries", len(list))
	}
	for _, n := range list {
		if n.Name != "file" {
			continue
		}
		c, err := n.Open()
		must(t, err)
		b, err := io.ReadAll(c)
		if err != nil || !bytes.Equal(b, prose(100_000, 9)) {
			t.Errorf("go-winio reads other content: %v", err)
		}
		if len(n.Streams) != 2 || n.ShortName != "FILE~1" || len(n.SecurityDescriptor) != 44 {
			t.Errorf("go-winio sees %+v", n.FileHeader)
		}
	}
}
