//go:build !windows

package tempdir

import (
	"io/fs"
	"os"
	"syscall"
)

// mine reports whether a folder is that of the user who runs gild.
func mine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
