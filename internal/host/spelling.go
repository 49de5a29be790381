package host

import (
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spell returns a path as the file system spells it. The strings of a configuration are
// composed (Unicode Standard Annex #15, form NFC), and files that come from a Mac have
// decomposed names, which most file systems tell apart: where a name is not there, the
// only one that is canonically equivalent is taken.
func spell(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return path
	}
	if _, err := os.Lstat(path); err == nil {
		return path
	}
	folder, name := filepath.Split(path)
	if name == "" || folder == path {
		return path
	}
	folder = spell(filepath.Clean(folder))
	list, err := os.ReadDir(folder)
	if err != nil {
		return path
	}
	found := name
	for _, e := range list {
		switch {
		case e.Name() == name:
			return filepath.Join(folder, name)
		case norm.NFC.String(e.Name()) != norm.NFC.String(name):
		case found != name:
			return path // one of several, and which of them is meant is open
		default:
			found = e.Name()
		}
	}
	return filepath.Join(folder, found)
}
