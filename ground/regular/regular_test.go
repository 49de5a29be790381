package regular_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/ground/regular"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "ünïcode file")
	if err := os.WriteFile(name, []byte("12345"), 0o666); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if data, err := regular.Read(name, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := fs.ReadFile(regular.FS(root), "ünïcode file"); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := regular.Read(name, 4); !errors.Is(err, regular.ErrTooLarge) {
		t.Error("too large:", err)
	}
	if _, err := regular.Read(dir, 4); !errors.Is(err, regular.ErrNot) {
		t.Error("a folder:", err)
	}
	if _, err := regular.Read(name+" too", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Error("nothing:", err)
	}
	if list, err := fs.ReadDir(regular.FS(root), "."); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
}
