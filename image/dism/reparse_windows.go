package dism

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// readReparseTag asks the folder that lists the name ("WIN32_FIND_DATAW", dwReserved0):
// to open what has the tag would need its driver.
func readReparseTag(name string, _ fs.DirEntry) (uint32, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	var found windows.Win32finddata
	search, err := windows.FindFirstFile(path, &found)
	if err != nil {
		return 0, &os.PathError{Op: "FindFirstFile", Path: name, Err: err}
	}
	_ = windows.FindClose(search)
	if found.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT == 0 {
		return 0, nil
	}
	return found.Reserved0, nil
}
