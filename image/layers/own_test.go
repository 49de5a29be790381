package layers

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/ground/store"
)

// TestLinks: a folder of the store that is a link is refused by name, and its target
// stays, even if the target has gild's own names.
func TestLinks(t *testing.T) {
	for _, sub := range folders {
		t.Run(sub, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			home := t.TempDir()
			theirs := filepath.Join(home, "session-1", "content-1")
			for _, name := range []string{theirs, filepath.Join(home, "thesis.layer")} {
				if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte("x"), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			open(t, dir).Close()
			if err := os.Remove(filepath.Join(dir, sub)); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(home, filepath.Join(dir, sub)); err != nil {
				t.Skip("this system makes no links:", err)
			}
			if s, err := Open(dir); !errors.Is(err, store.ErrLink) {
				t.Error("opened:", s, err)
			}
			if _, err := Drop(dir, nil); !errors.Is(err, store.ErrLink) {
				t.Error("dropped:", err)
			}
			if _, err := List(dir); !errors.Is(err, store.ErrLink) {
				t.Error("listed:", err)
			}
			for _, name := range []string{theirs, filepath.Join(home, "thesis.layer")} {
				if _, err := os.Stat(name); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestForeign: files that gild did not make stay, in whatever folder of the store they
// are.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	seal(t, s, "1", "", "one")
	s.Close()
	foreign := []string{"blobs/note.txt", "layers/note.txt", "staging/note.txt", "staging/session-12/note.txt", "staging/home/content-1"}
	own := []string{"staging/session-12/content-7", "layers/.gild-0123456789abcdef.tmp"}
	for _, name := range append(foreign, own...) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Drop(dir, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range foreign {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	for _, name := range own {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			t.Error(name, "is left")
		}
	}
	if n := count(t, dir, "blobs"); n != 1 {
		t.Errorf("%d blobs are left, not only the note", n)
	}
}
