//go:build !windows

package busy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// TestLocked has a file locked by another, and free again.
func TestLocked(t *testing.T) {
	name := filepath.Join(t.TempDir(), "SYSTEM")
	if err := os.WriteFile(name, []byte("regf"), 0o666); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	read := func() error {
		f, err := root.Open("SYSTEM")
		if err != nil {
			return err
		}
		defer f.Close()
		if err := Share(f); err != nil {
			return err
		}
		_, err = f.Read(make([]byte, 4))
		return err
	}
	lock := flock.New(name, flock.SetFlag(os.O_RDWR))
	for range 2 {
		if err := read(); err != nil {
			t.Error("free:", err)
		}
		if ok, err := lock.TryLock(); !ok || err != nil {
			t.Fatal("what was read is still in use:", ok, err)
		}
		if err := read(); !Is(err) {
			t.Error("in use:", err)
		}
		if err := lock.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
}
