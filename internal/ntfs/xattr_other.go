//go:build !linux

package ntfs

import "errors"

// Possible tells whether files in a folder can keep an extended attribute.
func Possible(string) bool { return false }

func load(string) (record, error) { return record{}, nil }

func setAttribute(string, []byte) error { return errors.ErrUnsupported }
