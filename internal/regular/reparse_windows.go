package regular

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
)

// tags asks for all at once and opens nothing, as dir does (WIN32_FIND_DATAW,
// "dwReserved0").
func tags(path string) (map[string]uint32, error) {
	long, err := Long(path)
	if err != nil {
		return nil, err
	}
	p, err := syscall.UTF16PtrFromString(long)
	if err != nil {
		return nil, err
	}
	var data syscall.Win32finddata
	h, err := syscall.FindFirstFile(p, &data)
	found := map[string]uint32{}
	for ; err == nil; err = syscall.FindNextFile(h, &data) {
		if data.FileAttributes&syscall.FILE_ATTRIBUTE_REPARSE_POINT != 0 {
			found[syscall.UTF16ToString(data.FileName[:])] = data.Reserved0
		}
	}
	if h != syscall.InvalidHandle {
		_ = syscall.FindClose(h)
	}
	if !errors.Is(err, syscall.ERROR_NO_MORE_FILES) {
		return nil, &fs.PathError{Op: "FindFirstFile", Path: path, Err: err}
	}
	return found, nil
}

// Long returns an absolute path for calls of Windows that are not package os's, with the
// prefix without which some end at 260 characters ("Maximum Path Length Limitation").
func Long(path string) (string, error) {
	path, err := filepath.Abs(path)
	switch {
	case err != nil || strings.HasPrefix(path, `\\?\`):
	case strings.HasPrefix(path, `\\`):
		path = `\\?\UNC\` + path[2:]
	default:
		path = `\\?\` + path
	}
	return path, err
}
