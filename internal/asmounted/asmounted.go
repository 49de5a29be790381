// Package asmounted has folders behave, in tests, as on Windows those of an image behave
// that DISM has mounted.
package asmounted

import (
	"os"

	"github.com/gildhq/gild/image/dism/dismemu/tree"
	"github.com/gildhq/gild/image/offline"
	"github.com/gildhq/gild/internal/ntfs"
	"github.com/gildhq/gild/internal/placeholders"
)

// Show has package os call no file and no folder regular, and folders keep attributes,
// times and descriptors by the rules of NTFS, in this process from now on. It tells whether
// they do the latter, which takes extended attributes in the folder for temporary files.
func Show() (keeps bool) {
	placeholders.Show()
	if keeps = ntfs.Possible(os.TempDir()); keeps {
		windows := ntfs.FS{Restore: true}
		offline.UseNT(windows)
		tree.Keep = windows
	}
	return keeps
}
