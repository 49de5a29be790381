package offline

import (
	"os"

	"golang.org/x/sys/windows"
)

// nameCount returns how many names (hard links) a file has.
func nameCount(f *os.File) (uint64, error) {
	var info windows.ByHandleFileInformation
	err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info)
	return uint64(info.NumberOfLinks), err
}
