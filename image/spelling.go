package image

import (
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/gildhq/gild/formats/nt"
)

// AmbiguousName is the error of a name that may mean several names in a folder or key.
type AmbiguousName struct {
	Name   string // the one that was asked for
	Parent string // the folder or key that holds the others
	Others [2]string
	Case   bool // they differ only in upper and lower case, not in Unicode composition
}

func (e *AmbiguousName) Error() string {
	how := "in how their characters are composed"
	if e.Case {
		how = "in upper and lower case"
	}
	return fmt.Sprintf("%s contains %+q and %+q, which differ %s only, so %+q may be either", e.Parent, e.Others[0], e.Others[1], how, e.Name)
}

// Equivalent returns the one of names that is canonically equivalent to name (Unicode
// Standard Annex #15), "" if there is none. Strings of a configuration are always
// composed (form NFC); names from a Mac are decomposed, and Windows keeps names as they
// are. Several candidates are an error, [AmbiguousName].
func Equivalent(name, parent string, names iter.Seq[string]) (string, error) {
	if !strings.ContainsFunc(name, composed) {
		return "", nil
	}
	wanted, found := nt.Fold(norm.NFC.String(name)), ""
	for other := range names {
		if !strings.ContainsFunc(other, func(r rune) bool { return r >= utf8.RuneSelf }) || nt.Fold(norm.NFC.String(other)) != wanted {
			continue
		}
		if found != "" {
			return "", &AmbiguousName{Name: name, Parent: parent, Others: [2]string{found, other}}
		}
		found = other
	}
	return found, nil
}

// composed reports whether a rune may be the composition of others. The ASCII runes
// among them are the compositions of signs that only have another code, such as the
// Kelvin sign.
func composed(r rune) bool { return r >= utf8.RuneSelf || strings.ContainsRune("Kk`;", r) }

// Spell returns a path of a configuration in the image's spelling: each name as its
// folder has it, or else the only [Equivalent] name. From the first name that does not
// exist the path stays as it is. If a folder has two names that differ only in case,
// which Windows treats as one, that is an error.
func Spell(files Files, name string) (string, error) {
	spelled := "."
	parts := strings.Split(name, "/")
	for i, part := range parts {
		at, err := spell(files, spelled, part)
		if err != nil {
			return "", err
		}
		if at == "" {
			parts[i] = part
			return strings.TrimPrefix(spelled+"/"+strings.Join(parts[i:], "/"), "./"), nil
		}
		if spelled += "/" + at; i == 0 {
			spelled = at
		}
	}
	return spelled, nil
}

// spell returns a name in a folder's spelling, "" if the folder does not have it.
func spell(files Files, folder, name string) (string, error) {
	info, err := files.Stat(folder)
	if err != nil || !info.IsDir() {
		return "", nil // the next access returns the error
	}
	list, err := files.ReadDir(folder)
	if err != nil {
		return "", err
	}
	same, names := "", make([]string, 0, len(list))
	for _, e := range list {
		names = append(names, e.Name())
		if !nt.Equal(e.Name(), name) {
			continue
		}
		if same != "" {
			return "", &AmbiguousName{Name: name, Parent: folder, Others: [2]string{same, e.Name()}, Case: true}
		}
		same = e.Name()
	}
	if same != "" {
		return same, nil
	}
	if _, err := fs.Stat(files, strings.TrimPrefix(folder+"/"+name, "./")); err == nil {
		return name, nil // a short (8.3) name
	}
	return Equivalent(name, folder, slices.Values(names))
}
