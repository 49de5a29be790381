package viadism_test

import (
	"os"

	"github.com/gildhq/gild/image/dism/dismemu/tree"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/ntfs"
	"github.com/gildhq/gild/internal/placeholders"
)

// On Windows package os calls no file and no folder of a mounted image regular, and NTFS
// keeps attributes, times and descriptors by rules of its own.
func init() {
	placeholders.Show()
	if ntfs.Possible(os.TempDir()) {
		windows := ntfs.FS{Restore: true}
		offline.UseNT(windows)
		tree.Keep = windows
	}
}
