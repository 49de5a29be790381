package conformance

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// reparseTag returns the tag of a file that the system shows as a reparse point, or 0
// (WIN32_FIND_DATAW, dwReserved0).
func reparseTag(path string) (uint32, error) {
	if _, err := os.Lstat(path); err != nil {
		return 0, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0, err
	}
	name, err := windows.UTF16PtrFromString(`\\?\` + abs)
	if err != nil {
		return 0, err
	}
	var data windows.Win32finddata
	h, err := windows.FindFirstFile(name, &data)
	if err != nil {
		return 0, err
	}
	_ = windows.FindClose(h)
	if data.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT == 0 {
		return 0, nil
	}
	return data.Reserved0, nil
}
