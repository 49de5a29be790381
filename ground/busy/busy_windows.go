package busy

import (
	"errors"
	"os"
	"syscall"
)

// Errors of Windows ("System Error Codes").
const (
	accessDenied     = syscall.Errno(5)
	sharingViolation = syscall.Errno(32)
	lockViolation    = syscall.Errno(33)
)

// Is reports whether an error says that another program has a file for itself.
func Is(err error) bool {
	return errors.Is(err, ErrInUse) || errors.Is(err, sharingViolation) || errors.Is(err, lockViolation)
}

func isDenied(err error) bool { return errors.Is(err, accessDenied) }

// Share is called with each file that was opened, and reports whether another program has it
// for itself. Windows has done so when it was opened.
func Share(*os.File) error { return nil }

// Free reports whether another program has a file below root for itself. Windows does when
// the file is replaced.
func Free(*os.Root, string) error { return nil }
