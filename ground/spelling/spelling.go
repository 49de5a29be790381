// Package spelling finds files by names that may be in another Unicode form than on the
// disk. The strings of a configuration are composed (Unicode Standard Annex #15, form
// NFC), and files that come from a Mac have decomposed names, which most file systems
// tell apart. If a name does not exist, the only canonically equivalent one is taken;
// if there are several, none is, because it is unclear which one is meant.
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

// Path returns a path of this machine as its file system spells it. From the first
// missing name on it stays as it is.
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

// plain reports whether no part of a name can be equivalent to another one. Some non-ASCII
// characters normalize to ASCII ones: the signs of Kelvin and of the grave accent, and
// the Greek question mark.
func plain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf || strings.ContainsRune("K`;", r) })
}

// only returns the only name in a folder that is equivalent to a name; the name itself if
// it exists, or if none or several are equivalent.
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
