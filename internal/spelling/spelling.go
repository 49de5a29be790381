// Package spelling finds files by names that may be composed otherwise than on the disk.
// The strings of a configuration are composed (Unicode Standard Annex #15, form NFC), and
// files that come from a Mac have decomposed names, which most file systems tell apart.
// Where a name is not there, the only one that is canonically equivalent is taken; of
// several none is, as which of them is meant is open.
package spelling

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Path returns a path of this machine as its file system spells it. From the first name
// on that is not there it stays as it is.
func Path(name string) string {
	if plain(name) {
		return name
	}
	if _, err := os.Lstat(name); err == nil {
		return name
	}
	folder, last := filepath.Split(name)
	if last == "" || folder == name {
		return name
	}
	folder = filepath.Clean(folder)
	spelled := Path(folder)
	list, err := os.ReadDir(spelled)
	if is := only(last, list); err == nil && (is != last || spelled != folder) {
		return filepath.Join(spelled, is)
	}
	return name
}

// FS returns a file system that finds files by such names.
func FS(fsys fs.FS) fs.FS { return spelled{fsys} }

type spelled struct{ fs.FS }

func (s spelled) Open(name string) (fs.File, error) { return s.FS.Open(s.spell(name)) }

func (s spelled) Stat(name string) (fs.FileInfo, error) { return fs.Stat(s.FS, s.spell(name)) }

func (s spelled) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(s.FS, s.spell(name)) }

func (s spelled) spell(name string) string {
	if plain(name) || name == "." {
		return name
	}
	if _, err := fs.Stat(s.FS, name); err == nil {
		return name
	}
	folder := s.spell(path.Dir(name))
	list, err := fs.ReadDir(s.FS, folder)
	if err != nil {
		return name
	}
	return path.Join(folder, only(path.Base(name), list))
}

// plain tells whether no name can be equivalent to another one that is in it. Some ASCII
// characters are what others become: the signs of Kelvin and of the grave accent, and the
// Greek question mark.
func plain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf || strings.ContainsRune("K`;", r) })
}

// only returns the only name of a folder that is equivalent to a name; that one itself if
// it is there, or none or several are.
func only(name string, list []fs.DirEntry) string {
	found, composed := name, norm.NFC.String(name)
	for _, e := range list {
		switch {
		case e.Name() == name:
			return name
		case norm.NFC.String(e.Name()) != composed:
		case found != name:
			return name
		default:
			found = e.Name()
		}
	}
	return found
}
