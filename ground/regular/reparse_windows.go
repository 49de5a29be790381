package regular

import (
	"errors"
	"io/fs"
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
