package regular

import (
	"io/fs"
	"os"
	"path/filepath"
)

// IsLink reports whether what has a reparse tag stands for another file or folder, as
// symbolic links and junctions do: such tags have the bit of name surrogates
// (IsReparseTagNameSurrogate; "Reparse Point Tags"). All other tags only tell Windows
// which driver provides the content, as for files of OneDrive, deduplicated files, and
// untouched files of a mounted image. These are plain files and folders.
func IsLink(tag uint32) bool { return tag&0x20000000 != 0 }

// Is reports whether what is known of a file that was opened, or of what a name leads to,
// is that of a regular file. Package os has [fs.ModeIrregular] for all reparse points but
// symbolic links; where links were followed it can only be one that is none.
func Is(info fs.FileInfo) bool { return followed(info.Mode()).IsRegular() }

func followed(mode fs.FileMode) fs.FileMode { return mode &^ fs.ModeIrregular }

// Stat is [os.Stat] with plain files and folders shown as such.
func Stat(name string) (fs.FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	return plain{info}, nil
}

// Lstat is [os.Lstat] with plain files and folders shown as such, see [IsLink]. What has
// [fs.ModeIrregular] or [fs.ModeSymlink] is a link.
func Lstat(name string) (fs.FileInfo, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	return plainInfo(info, func() (bool, error) { return linkAt(name) })
}

// LstatIn is Lstat of a name below root.
func LstatIn(root *os.Root, name string) (fs.FileInfo, error) {
	info, err := system.Lstat(root, name)
	if err != nil {
		return nil, err
	}
	return plainInfo(info, func() (bool, error) { return linkAt(under(root, name)) })
}

// Entry shows an entry of a folder as Lstat shows the file, which has that path.
func Entry(path string, e fs.DirEntry) fs.DirEntry {
	if e.Type()&fs.ModeIrregular == 0 {
		return e
	}
	if !e.IsDir() {
		if link, err := linkAt(path); link || err != nil {
			return e
		}
	}
	return plainEntry{e}
}

// ReadDirIn lists a folder below root, with its entries as Lstat shows them.
func ReadDirIn(root *os.Root, folder string) ([]fs.DirEntry, error) {
	f, err := root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := system.ReadDir(f)
	if err != nil {
		return list, err
	}
	var tags map[string]uint32 // of all at once: of a mounted image they are many
	for i, e := range list {
		if e.Type()&fs.ModeIrregular == 0 {
			continue
		}
		if !e.IsDir() {
			if tags == nil {
				if tags, err = system.Tags(filepath.Join(under(root, folder), "*")); err != nil {
					return nil, err
				}
			}
			if tag, known := tags[e.Name()]; !known || IsLink(tag) {
				continue
			}
		}
		list[i] = plainEntry{e}
	}
	return list, nil
}

func under(root *os.Root, name string) string {
	return filepath.Join(root.Name(), filepath.FromSlash(name))
}

// Tags returns the reparse tags of what lies in a folder, by name, without opening it.
func Tags(folder string) (map[string]uint32, error) { return system.Tags(filepath.Join(folder, "*")) }

// NoFollow returns the flag of [os.OpenFile] with which the file of that name is opened, or
// made, only under its own name: instead of what a link leads to it is an error, or the
// link itself, which [Check] refuses. What is a reparse point and no link is opened as the
// file that it is.
func NoFollow(name string) int {
	tags, err := system.Tags(name)
	for _, tag := range tags {
		if err == nil && !IsLink(tag) {
			return NonBlock
		}
	}
	return noFollow
}

// linkAt reports whether the reparse point of that path is a link.
func linkAt(path string) (bool, error) {
	tags, err := system.Tags(path)
	for _, tag := range tags {
		return IsLink(tag), err
	}
	return true, err // what has none is irregular in another way
}

// plainInfo shows a file without what package os says of it because of a tag that makes
// it no link. Of folders it says so only if they are none.
func plainInfo(info fs.FileInfo, isLink func() (bool, error)) (fs.FileInfo, error) {
	if info.Mode()&fs.ModeIrregular == 0 {
		return info, nil
	}
	if !info.IsDir() {
		if link, err := isLink(); link || err != nil {
			return info, err
		}
	}
	return plain{info}, nil
}

type plain struct{ fs.FileInfo }

func (p plain) Mode() fs.FileMode { return followed(p.FileInfo.Mode()) }

type plainEntry struct{ fs.DirEntry }

func (e plainEntry) Type() fs.FileMode { return followed(e.DirEntry.Type()) }

func (e plainEntry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	if err != nil {
		return nil, err
	}
	return plain{info}, nil
}

// System is how a system shows what lies in folders.
type System struct {
	Lstat   func(root *os.Root, name string) (fs.FileInfo, error)
	ReadDir func(folder *os.File) ([]fs.DirEntry, error)
	// Tags returns the reparse tags of what a path leads to, by name; of all in a folder
	// if it ends in "*".
	Tags func(path string) (map[string]uint32, error)
}

var system = System{
	Lstat:   (*os.Root).Lstat,
	ReadDir: func(folder *os.File) ([]fs.DirEntry, error) { return folder.ReadDir(-1) },
	Tags:    tags,
}

// Show sets how files are shown, and returns what was set before. It is for tests: no
// system but Windows has reparse points.
func Show(s System) System {
	was := system
	system = s
	return was
}
