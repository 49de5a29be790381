package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestRefused commits a file in the place of one that must not be replaced: it is there
// until it is discarded, and can be committed again.
func TestRefused(t *testing.T) {
	t.Cleanup(func() { rename = (*os.Root).Rename })
	name := filepath.Join(t.TempDir(), "f")
	if err := WriteFile(name, []byte("old")); err != nil {
		t.Fatal(err)
	}
	begin := func() *File {
		f, err := Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("new"); err != nil {
			t.Fatal(err)
		}
		rename = func(*os.Root, string, string) error { return fmt.Errorf("rename: %w", fs.ErrPermission) }
		if err := f.Commit(); !errors.Is(err, ErrRefused) || !errors.Is(err, fs.ErrPermission) {
			t.Fatal(err)
		}
		return f
	}
	count := func(want int) {
		t.Helper()
		if list, err := os.ReadDir(filepath.Dir(name)); err != nil || len(list) != want {
			t.Errorf("%v, %v", list, err)
		}
	}
	f := begin()
	count(2)
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	count(1)

	f = begin()
	rename = (*os.Root).Rename
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "new" {
		t.Errorf("%q, %v", got, err)
	}
	count(1)
}
