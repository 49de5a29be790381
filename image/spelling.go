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

// AmbiguousName is the error of a name that may stand for several of a folder or key.
type AmbiguousName struct {
	Name   string // the one that was asked for
	Parent string // the folder or key that holds the others
	Others [2]string
	Case   bool // they differ in upper and lower case only, and not in how they are composed
}

func (e *AmbiguousName) Error() string {
	how := "in how their characters are composed"
	if e.Case {
		how = "in upper and lower case"
	}
	return fmt.Sprintf("%s holds %+q and %+q, which differ %s only, so that %+q may be either", e.Parent, e.Others[0], e.Others[1], how, e.Name)
}

// Equivalent returns the one of names that is canonically equivalent to a name that
// is not among them (Unicode Standard Annex #15), "" if there is none. Strings of a
// configuration are composed (form NFC), whatever their author typed; names that come
// from a Mac are decomposed, and Windows keeps names as they come. Of several there is
// none that is meant: an [AmbiguousName].
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

// composed tells whether a rune may come of the composition of others. Those that do
// and are ASCII come of signs that are nothing but another code for them, such as that
// of Kelvin.
func composed(r rune) bool { return r >= utf8.RuneSelf || strings.ContainsRune("Kk`;", r) }

// Spell returns a path of a configuration as the image spells it: each name of it as
// the folder holds it, or else the only one that is [Equivalent]. From the first name
// on that is not there it stays as it is. Two names of a folder that differ in case
// only are one for Windows, and that which of them is meant is open is an error.
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

// spell returns a name as a folder holds it, "" if it does not.
func spell(files Files, folder, name string) (string, error) {
	info, err := files.Stat(folder)
	if err != nil || !info.IsDir() {
		return "", nil // for what is asked of it to tell
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
		return name, nil // a short one
	}
	return Equivalent(name, folder, slices.Values(names))
}
