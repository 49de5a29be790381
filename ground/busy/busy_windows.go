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

// Is reports whether an error says that another program has a file open exclusively.
func Is(err error) bool {
	return errors.Is(err, ErrInUse) || errors.Is(err, sharingViolation) || errors.Is(err, lockViolation)
}

func isDenied(err error) bool { return errors.Is(err, accessDenied) }

// Share must be called with each opened file. On Windows, opening the file has already checked
// this.
func Share(*os.File) error { return nil }

// Free reports whether another program has a file below root open exclusively. On Windows,
// replacing the file checks this.
func Free(*os.Root, string) error { return nil }
