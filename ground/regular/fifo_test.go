//go:build !windows

package regular_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/regular"
)

// TestNothingIsWaitedFor: neither a FIFO nor a link to one is opened, nor a device.
func TestNothingIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	fifo, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o666), os.Symlink("fifo", link)); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, name := range []string{fifo, link, "/dev/zero"} {
			if _, err := regular.Read(name, 1<<20); !errors.Is(err, regular.ErrNot) {
				t.Error(name, err)
			}
			if _, err := regular.OpenFile(name, os.O_RDWR); !errors.Is(err, regular.ErrNot) {
				t.Error(name, err)
			}
		}
		for _, name := range []string{"fifo", "link"} {
			if _, err := regular.ReadIn(root, name, 1<<20); !errors.Is(err, regular.ErrNot) {
				t.Error(name, err)
			}
			for _, files := range []fs.FS{regular.FS(root), regular.DirFS(dir)} {
				if _, err := fs.ReadFile(files, name); !errors.Is(err, regular.ErrNot) {
					t.Error(name, err)
				}
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it waits")
	}
}
