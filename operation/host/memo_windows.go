package host

import (
	"fmt"
	"io/fs"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/ground/regular"
)

// basicInfo is FILE_BASIC_INFO.
type basicInfo struct {
	Created, Accessed, Written, Changed int64 // in 100 ns since 1601
	Attributes                          uint32
	_                                   uint32
}

// identity says which file it is, and when its content or its times were changed last.
func identity(path string, _ fs.FileInfo) (which string, changed time.Time, ok bool) {
	f, err := regular.Open(path)
	if err != nil {
		return "", time.Time{}, false
	}
	defer f.Close()
	var id windows.ByHandleFileInformation
	var basic basicInfo
	handle := windows.Handle(f.Fd())
	if windows.GetFileInformationByHandle(handle, &id) != nil ||
		windows.GetFileInformationByHandleEx(handle, windows.FileBasicInfo, (*byte)(unsafe.Pointer(&basic)), uint32(unsafe.Sizeof(basic))) != nil { // #nosec G103 -- as the call wants it
		return "", time.Time{}, false
	}
	time100 := windows.Filetime{LowDateTime: uint32(basic.Changed), HighDateTime: uint32(basic.Changed >> 32)} // #nosec G115 -- the two halves
	return fmt.Sprint(id.VolumeSerialNumber, " ", id.FileIndexHigh, " ", id.FileIndexLow, " ", basic.Changed), time.Unix(0, time100.Nanoseconds()), true
}
