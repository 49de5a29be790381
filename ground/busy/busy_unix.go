//go:build !windows

package busy

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/gildhq/gild/ground/regular"
)

// Is reports whether an error says that another program has a file for itself.
func Is(err error) bool { return errors.Is(err, ErrInUse) }

func isDenied(error) bool { return false }

// Share is called with each file that was opened, and reports whether another program has it
// for itself. No other program can lock it until it is closed. A file system that has no
// locks is none that a program could have locked a file in.
func Share(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w", f.Name(), ErrInUse)
	}
	return nil
}

// Free reports whether another program has a file below root for itself.
func Free(root *os.Root, name string) error {
	f, err := regular.OpenIn(root, name)
	if err != nil {
		return nil // what can't be opened can't be locked by a program that goes by this
	}
	return errors.Join(Share(f), f.Close())
}
