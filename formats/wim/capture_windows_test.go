package wim

import (
	"io/fs"
	"os"
	"syscall"

	"github.com/gildhq/gild/formats/nt"
)

// identify returns what tells the file apart, if it may have other names.
func identify(fsys fs.FS, name string, info fs.FileInfo) (fileID, bool, error) {
	if _, ok := info.Sys().(*syscall.Win32FileAttributeData); !ok {
		return fileID{}, false, nil
	}
	file, err := fsys.Open(name)
	if err != nil {
		return fileID{}, false, err
	}
	defer file.Close()
	f, ok := file.(*os.File)
	if !ok {
		return fileID{}, false, nil
	}
	var d syscall.ByHandleFileInformation
	if err := syscall.GetFileInformationByHandle(syscall.Handle(f.Fd()), &d); err != nil {
		return fileID{}, false, &fs.PathError{Op: "GetFileInformationByHandle", Path: name, Err: err}
	}
	id := fileID{uint64(d.VolumeSerialNumber), uint64(d.FileIndexHigh)<<32 | uint64(d.FileIndexLow)}
	return id, d.NumberOfLinks > 1, nil
}

// systemAttributes returns the attributes that an image keeps.
func systemAttributes(info fs.FileInfo) uint32 {
	const kept = AttrReadOnly | AttrHidden | AttrSystem | AttrArchive | AttrNormal
	if d, ok := info.Sys().(*syscall.Win32FileAttributeData); ok {
		return d.FileAttributes & kept
	}
	return 0
}

func systemTimes(n *Node, info fs.FileInfo) {
	d, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return
	}
	n.Created, n.Accessed, n.Written = filetime(d.CreationTime), filetime(d.LastAccessTime), filetime(d.LastWriteTime)
}

func filetime(t syscall.Filetime) nt.Time {
	return nt.Time(uint64(t.HighDateTime)<<32 | uint64(t.LowDateTime))
}
