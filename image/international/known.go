package international

import (
	"strconv"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

// Known is what an image has data for. An empty list means unknown: the image has
// no such data.
type Known struct {
	Locales   map[string]bool   // LCIDs of 8 hexadecimal digits, in lower case
	CodePages map[string]bool   // numbers
	Layouts   map[string]string // keyboard layouts of 8 hexadecimal digits, in lower case, with their names
}

// ReadKnown reads what an image has data for.
func ReadKnown(s image.Session) (Known, error) {
	r, err := regread.NewReader(s)
	if err != nil {
		return Known{}, err
	}
	k := Known{map[string]bool{}, map[string]bool{}, map[string]string{}}
	listed, _ := r.Key(nlsLocale)
	for _, v := range listed.Values {
		if lcid, ok := eightDigits(v.Name); ok {
			k.Locales[lcid] = true
		}
	}
	pages, _ := r.Key(codePages)
	for _, v := range pages.Values {
		if _, err := strconv.Atoi(v.Name); err == nil && pages.Text(v.Name) != "" {
			k.CodePages[v.Name] = true
		}
	}
	names, err := r.Subkeys(layouts)
	for _, name := range names {
		if id, ok := eightDigits(name); ok {
			layout, _ := r.Key(layouts + `\` + name)
			k.Layouts[id] = layout.Text("Layout Text")
		}
	}
	return k, err
}

// eightDigits returns a number of 8 hexadecimal digits in lower case.
func eightDigits(s string) (string, bool) {
	_, err := strconv.ParseUint(s, 16, 32)
	return strings.ToLower(s), len(s) == 8 && err == nil
}
