package file

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// mapKey escapes a name for use as a key of a map in the configuration language,
// which normalizes strings to NFC: characters that would be composed are written as
// \u{301}, bytes that are not UTF-8 as \x{ed}. Names contain no backslash.
func mapKey(name string) string {
	if utf8.ValidString(name) && cty.NormalizeString(name) == name {
		return name
	}
	var key strings.Builder
	plain := "" // the end of key that has no escapes
	for rest := name; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		as := plain + rest[:n]
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&key, `\x{%x}`, rest[0])
			plain = ""
		case cty.NormalizeString(as) != as:
			fmt.Fprintf(&key, `\u{%x}`, r)
			plain = ""
		default:
			key.WriteString(rest[:n])
			plain = as
		}
		rest = rest[n:]
	}
	return key.String()
}

// nameOf is the reverse of mapKey.
func nameOf(key string) string {
	var name strings.Builder
	for {
		plain, rest, found := strings.Cut(key, `\`)
		name.WriteString(plain)
		code, after, closed := strings.Cut(rest, "}")
		if !found || !closed || len(code) < 3 {
			return name.String()
		}
		switch n, err := strconv.ParseUint(code[2:], 16, 21); {
		case err != nil:
		case code[0] == 'x':
			name.WriteByte(byte(n))
		default:
			name.WriteRune(rune(n))
		}
		key = after
	}
}

// spell returns the path as the image spells it.
func (r *resource) spell(files image.Files) (string, error) {
	name, err := image.Spell(files, r.Path)
	return name, providers.WhichFile("path", err)
}

// spelling looks for names in a tree that the image has twice, in different case.
// It lists each folder once.
type spelling struct {
	files   image.Files
	folders map[string]map[string]string // by name of the folder: its names by [nt.Fold], and those that are there twice
}

func newSpelling(files image.Files) *spelling {
	return &spelling{files: files, folders: map[string]map[string]string{}}
}

// check returns an error if the image has two names that differ from the last one
// of a path only in case.
func (s *spelling) check(full string) error {
	folder, name := path.Split(full)
	folder = strings.TrimSuffix(folder, "/")
	names, known := s.folders[folder]
	if !known {
		names = map[string]string{}
		s.folders[folder] = names
		list, err := s.files.ReadDir(folder)
		if err != nil {
			return nil // it does not exist, or reading it will report why
		}
		seen := map[string]string{}
		for _, e := range list {
			folded := nt.Fold(e.Name())
			if other, twice := seen[folded]; twice {
				names[folded] = other + "\x00" + e.Name()
			}
			seen[folded] = e.Name()
		}
	}
	pair, twice := names[nt.Fold(name)]
	if !twice {
		return nil
	}
	one, other, _ := strings.Cut(pair, "\x00")
	return providers.WhichFile("path", &image.AmbiguousName{Name: name, Parent: folder, Others: [2]string{one, other}, Case: true})
}
