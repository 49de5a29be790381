//go:build !windows

package busy

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/gildhq/gild/ground/regular"
)

// Is reports whether an error says that another program has a file open exclusively.
func Is(err error) bool { return errors.Is(err, ErrInUse) }

func isDenied(error) bool { return false }

// Share must be called with each opened file. It reports whether another program has the file
// open exclusively; until the file is closed, no other program can lock it. On a file system
// without locks, no program can have locked a file.
func Share(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w", f.Name(), ErrInUse)
	}
	return nil
}

// Free reports whether another program has a file below root open exclusively.
func Free(root *os.Root, name string) error {
	f, err := regular.OpenIn(root, name)
	if err != nil {
		return nil // a program that locks this file could not open it either
	}
	return errors.Join(Share(f), f.Close())
}
