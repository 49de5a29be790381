package unpack_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
	"github.com/gildhq/gild/operation/unpack"
)

// liar is an image that keeps another digest of a file than that of its content.
type liar struct{ image.Files }

func (liar) SHA1(string) ([20]byte, error) { return [20]byte{1}, nil }

func files(t *testing.T) image.Files {
	t.Helper()
	backend, err := memory.New(map[string]memory.Image{"a.wim": {Files: map[string][]byte{"dir/x.wim": []byte("content")}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := backend.Open(t.Context(), image.Ref{Path: "a.wim"}, image.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f, ok := image.As[image.Files](s)
	if !ok {
		t.Fatal("no files")
	}
	return f
}

func TestUnpack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store", "inner")
	f := files(t)
	folder := unpack.In(dir, hclog.NewNullLogger())
	path, err := folder.Unpack(t.Context(), f, "dir/x.wim")
	if err != nil {
		t.Fatal(err)
	}
	holds := func() {
		t.Helper()
		if data, err := os.ReadFile(path); err != nil || string(data) != "content" {
			t.Errorf("got %q, %v", data, err)
		}
	}
	holds()
	if err := os.WriteFile(path, []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	if again, err := folder.Unpack(t.Context(), f, "DIR/X.wim"); err != nil || again != path {
		t.Errorf("again: %q, %v", again, err)
	}
	holds()
	other := filepath.Join(dir, strings.Repeat("0", 40)+".wim")
	if err := os.WriteFile(other, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := folder.Tidy(); err != nil {
		t.Fatal(err)
	}
	holds()
	if _, err := os.Stat(other); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is of no use is still there: %v", err)
	}
}

func TestUnpackErrors(t *testing.T) {
	dir := t.TempDir()
	f := files(t)
	folder := unpack.In(dir, hclog.NewNullLogger())
	if _, err := folder.Unpack(t.Context(), liar{f}, "dir/x.wim"); err == nil || !strings.Contains(err.Error(), "the image is damaged") {
		t.Errorf("other content: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := folder.Unpack(ctx, f, "dir/x.wim"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := unpack.In(filepath.Join(dir, "file"), hclog.NewNullLogger()).Unpack(t.Context(), f, "dir/x.wim")
	if err == nil || !strings.Contains(err.Error(), "GILD_DATA_DIR") {
		t.Errorf("no folder: %v", err)
	}
}
