package image_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gildhq/gild/image"
)

// listed are files with only the list of names, which is all that [image.Spell] needs.
// Names are exact.
type listed struct {
	image.Files
	list fstest.MapFS
}

func (l listed) Stat(name string) (fs.FileInfo, error)      { return l.list.Stat(name) }
func (l listed) ReadDir(name string) ([]fs.DirEntry, error) { return l.list.ReadDir(name) }

func TestSpell(t *testing.T) {
	files := listed{list: fstest.MapFS{}}
	for _, name := range []string{
		"Windows/System32/x.dll", "Odd/CaseA", "Odd/casea", "Odd/other",
		"Mac/Cafe\u0301/\u1112\u1161\u11ab.txt", "Both/e\u0301", "Both/\u00e9",
		"Many/o\u0308\u0323", "Many/o\u0323\u0308", "Sign/\u212a", "Sign/\u2126",
	} {
		files.list[name] = &fstest.MapFile{}
	}
	for name, want := range map[string]string{
		".":                           ".",
		"windows/SYSTEM32/X.DLL":      "Windows/System32/x.dll",
		"windows/new/Folder":          "Windows/new/Folder",
		"WINDOWS/system32/x.dll/y":    "Windows/System32/x.dll/y",
		"odd/OTHER":                   "Odd/other",
		"mac/CAF\u00c9/\ud55c.TXT":    "Mac/Cafe\u0301/\u1112\u1161\u11ab.txt",
		"Mac/Caf\u00e9/n\u00e9w":      "Mac/Cafe\u0301/n\u00e9w",
		"Mac/Cafe":                    "Mac/Cafe",
		"Both/\u00c9":                 "Both/\u00e9",
		"Many/\u00f6":                 "Many/\u00f6",
		"sign/k":                      "Sign/\u212a",
		"sign/\u03c9":                 "Sign/\u2126",
		"Sign/K2":                     "Sign/K2",
		"Windows/System32/absent.dll": "Windows/System32/absent.dll",
	} {
		if got, err := image.Spell(files, name); err != nil || got != want {
			t.Errorf("Spell(%+q) = %+q, %v; want %+q", name, got, err, want)
		}
	}
	for name, says := range map[string]string{
		"Odd/CaseA":         "in upper and lower case only",
		"Odd/CASEA/x":       `"casea"`,
		"Many/\u1ecd\u0308": `"o\u0308\u0323" and "o\u0323\u0308"`,
	} {
		_, err := image.Spell(files, name)
		if _, is := errors.AsType[*image.AmbiguousName](err); !is || !strings.Contains(err.Error(), says) {
			t.Errorf("Spell(%+q): %v, want an error that says %s", name, err, says)
		}
	}
}
