package fileaccess

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	hasLists  = true
	listXattr = "system.posix_acl_access"
)

// storeList sets or removes the access control list of a file.
func storeList(path string, entries []entry) error {
	if entries == nil {
		err := unix.Removexattr(path, listXattr)
		if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) {
			return nil
		}
		return err
	}
	err := unix.Setxattr(path, listXattr, encodeList(entries), 0)
	if errors.Is(err, unix.ENOTSUP) {
		return fmt.Errorf("its file system has no access control lists, so only owner, group and everyone can have rights: %w", err)
	}
	return err
}

// loadList returns the entries of a file's access control list, nil if it has none.
func loadList(path string) ([]entry, error) {
	b := make([]byte, 64<<10) // largest size of an extended attribute
	n, err := unix.Getxattr(path, listXattr, b)
	switch {
	case errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return decodeList(b[:n])
}
