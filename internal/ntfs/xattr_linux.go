package ntfs

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

const attribute = "user.gild.ntfs"

// Possible tells whether files in a folder can keep an extended attribute.
func Possible(dir string) bool {
	f, err := os.CreateTemp(dir, "")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	defer f.Close()
	return setAttribute(f.Name(), []byte("{}")) == nil
}

func load(path string) (record, error) {
	b := make([]byte, 64<<10) // the most that one holds
	n, err := unix.Lgetxattr(path, attribute, b)
	switch {
	case errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP):
		return record{}, nil
	case err != nil:
		return record{}, &fs.PathError{Op: "getxattr", Path: path, Err: err}
	}
	return decode(b[:n])
}

func setAttribute(path string, b []byte) error {
	if err := unix.Lsetxattr(path, attribute, b, 0); err != nil {
		return &fs.PathError{Op: "setxattr", Path: path, Err: err}
	}
	return nil
}
