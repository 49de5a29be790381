//go:build !windows

package dism

import "io/fs"

// readReparseTag finds none: only Windows has reparse points.
func readReparseTag(string, fs.DirEntry) (uint32, error) { return 0, nil }
