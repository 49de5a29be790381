//go:build !unix && !windows

package wim

import "io/fs"

// identify finds no hard links: the system shows none.
func identify(fs.FS, string, fs.FileInfo) (fileID, bool, error) { return fileID{}, false, nil }

func systemAttributes(fs.FileInfo) uint32 { return 0 }

func systemTimes(*Node, fs.FileInfo) {}
