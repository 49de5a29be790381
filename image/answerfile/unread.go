package answerfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/unattend"
)

// Unread returns, in sentences, why Windows does not take a pass from a file at a path;
// empty if it does, or if only an explicit reference to the file makes Windows read it.
func (l Files) Unread(name, pass string) string {
	if slices.ContainsFunc(l, func(f Found) bool { return f.Named && nt.Equal(f.Path, name) }) {
		return ""
	}
	rank := Rank(name, pass)
	if rank < 0 {
		places := strings.Join(Places(pass), ", ")
		switch {
		case Early(pass) && Rank(name, "specialize") >= 0:
			return fmt.Sprintf(`Windows Setup does not look into %s for the pass %s, which is over before the image is on the disk: it takes that pass from Autounattend.xml on a removable drive or in \Sources of the medium, or from the file given with /unattend. In an image of Windows PE it looks for: %s.`, name, pass, places)
		case nt.Equal(name, Places("windowsPE")[0]) || strings.HasPrefix(nt.Fold(name), nt.Fold("Windows/Panther/")) && Searched(name):
			return fmt.Sprintf("Windows does not look for an answer file at %s. For the pass %s it takes the first of: %s.", name, pass, places)
		}
		return ""
	}
	for i := range l {
		f := &l[i]
		before := f.Named || Rank(f.Path, pass) >= 0 && Rank(f.Path, pass) < rank
		if before && f.Heeded(pass) {
			return f.before(name, pass)
		}
	}
	return ""
}

// before says that Windows takes a pass from this file and not from the file name.
func (f *Found) before(name, pass string) string {
	by, what := cmp.Or(f.adds[pass], f.by), "Write into that file, or remove it."
	var why []string
	if by != "" {
		why, what = append(why, "into which "+by+" writes"), "Set one path for both."
	}
	if f.namedBy != "" {
		why, what = append(why, fmt.Sprintf(`which %s makes the value %s of %s name`, f.namedBy, Value, Key)), "Write into that file, or remove that value."
	}
	return fmt.Sprintf("For the pass %s, Windows takes %s, %s. %s", pass, f.Path, strings.Join(append(why, "which comes before "+name), " and "), what)
}

// Refused returns, in sentences, what Windows Setup refuses or skips in a file.
func Refused(f *unattend.File) []string {
	var all []string
	for _, t := range f.Twice() {
		all = append(all, fmt.Sprintf("Windows Setup refuses a file that contains something twice: %s.", t))
	}
	for _, pass := range f.Passes() {
		if f.Processed(pass) {
			all = append(all, fmt.Sprintf("The pass %s is marked as processed (wasPassProcessed), so Windows skips it. Remove the mark.", pass))
		}
	}
	return all
}
