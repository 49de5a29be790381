//go:build !windows

package offline

import (
	"os"
	"syscall"
)

// nameCount returns how many names (hard links) a file has.
func nameCount(f *os.File) (uint64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink), nil // its type depends on the system
	}
	return 1, nil
}
