// Package placeholders has folders look, in tests, as on Windows those of an image look
// that DISM has mounted: files and folders are reparse points whose content a driver brings
// when it is asked for (tag IO_REPARSE_TAG_WIM), so that package os calls all of them
// irregular, and no file regular.
package placeholders

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/ground/regular"
)

// Tag is IO_REPARSE_TAG_WIM ("Reparse Point Tags").
const Tag = 0x80000008

// Show has all files and folders look like that from now on, but for links, which stay
// what they are. What it returns ends it. It is not for tests that run at the same time.
func Show() (end func()) {
	was := regular.Show(regular.System{
		Lstat: func(root *os.Root, name string) (fs.FileInfo, error) {
			info, err := root.Lstat(name)
			if err != nil {
				return nil, err
			}
			return shown{info}, nil
		},
		ReadDir: func(folder *os.File) ([]fs.DirEntry, error) {
			list, err := folder.ReadDir(-1)
			for i, e := range list {
				list[i] = entry{e}
			}
			return list, err
		},
		Tags: tags,
	})
	return func() { regular.Show(was) }
}

func tags(path string) (map[string]uint32, error) {
	if filepath.Base(path) != "*" {
		info, err := os.Lstat(path)
		if err != nil {
			return nil, err
		}
		return map[string]uint32{filepath.Base(path): tag(info.Mode())}, nil
	}
	list, err := os.ReadDir(filepath.Dir(path))
	found := map[string]uint32{}
	for _, e := range list {
		found[e.Name()] = tag(e.Type())
	}
	return found, err
}

func tag(mode fs.FileMode) uint32 {
	if mode&fs.ModeSymlink != 0 {
		return 0xa000000c // IO_REPARSE_TAG_SYMLINK
	}
	return Tag
}

// irregular is the mode that package os reports for a reparse point that is not a link.
func irregular(mode fs.FileMode) fs.FileMode {
	if mode.IsRegular() || mode.IsDir() {
		mode |= fs.ModeIrregular
	}
	return mode
}

type shown struct{ fs.FileInfo }

func (s shown) Mode() fs.FileMode { return irregular(s.FileInfo.Mode()) }

type entry struct{ fs.DirEntry }

func (e entry) Type() fs.FileMode { return irregular(e.DirEntry.Type()) }

func (e entry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	if err != nil {
		return nil, err
	}
	return shown{info}, nil
}
