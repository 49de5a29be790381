//go:build unix

package wim

import (
	"io/fs"
	"syscall"
)

// identify returns what tells the file apart, if it may have other names.
func identify(_ fs.FS, _ string, info fs.FileInfo) (fileID, bool, error) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Nlink < 2 {
		return fileID{}, false, nil
	}
	return fileID{uint64(st.Dev), uint64(st.Ino)}, true, nil
}

func systemAttributes(fs.FileInfo) uint32 { return 0 }

func systemTimes(*Node, fs.FileInfo) {}
