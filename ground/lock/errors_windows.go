package lock

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"
)

// A file that is being removed is ERROR_ACCESS_DENIED, and so is a folder that can't
// be written to: see [MS-ERREF] §2.2.
var (
	errDeletePending error = windows.ERROR_DELETE_PENDING
	errSharing       error = windows.ERROR_SHARING_VIOLATION
)

func readOnly(err error) bool {
	return errors.Is(err, windows.ERROR_WRITE_PROTECT) || errors.Is(err, fs.ErrPermission)
}
