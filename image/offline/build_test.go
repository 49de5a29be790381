package offline_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/wim"
)

func text(s string) *wim.Content {
	return &wim.Content{Size: int64(len(s)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }}
}

// build makes a WIM file from a tree.
func build(t testing.TB, root *wim.Node) string {
	t.Helper()
	b, err := wim.NewBuilder(wim.Options{Compression: wim.LZX})
	if err == nil {
		err = b.AddImage(root, wim.ImageInfo{Name: "Windows"})
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "built.wim")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := b.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return file
}
