//go:build !windows

package lock

import (
	"errors"
	"syscall"
)

var (
	errDeletePending error // of Windows only
	errSharing       error
)

func readOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
