package international

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Locale is a language in a region, with the defaults Windows has for it.
type Locale struct {
	Tag  string // de-DE
	LCID uint32 // [MS-LCID] §2.2; [Unnumbered] if it has none of its own
	// ANSI, OEM and Mac are the code pages for programs without Unicode. ANSI is 0 for
	// a locale without one, which can't be the system locale.
	ANSI, OEM, Mac int
	// Layout is the keyboard layout of the language, 8 hexadecimal digits; empty if Windows
	// has none for it by default.
	Layout string
}

// Unnumbered is the LCID of all locales that only have a name (LOCALE_CUSTOM_UNSPECIFIED
// in winnt.h). Only users can have such a locale: the system locale, languages of the
// user interface and keyboards need an LCID.
const Unnumbered = 0x1000

// Numbered reports whether the locale has an LCID of its own.
func (l Locale) Numbered() bool { return l.LCID != Unnumbered }

// Input returns the default keyboard as DISM names it: 0407:00000407. It is empty if
// there is none.
func (l Locale) Input() string {
	if l.Layout == "" || !l.Numbered() {
		return ""
	}
	return fmt.Sprintf("%04x:%s", l.LCID, l.Layout)
}

// locales.txt has a line for each locale of Windows 11: tag, LCID, code pages (ANSI, OEM,
// Macintosh) and keyboard layout, a hyphen if there is none. The numbers are those of [MS-LCID]
// §2.2, the locale constants LOCALE_IDEFAULTANSICODEPAGE, LOCALE_IDEFAULTCODEPAGE and
// LOCALE_IDEFAULTMACCODEPAGE of Windows, and "Default Input Profiles (Input Locales) in Windows".
// Where that page names an input method editor, the layout is the one below the editor, if there is
// one.
//
//go:embed locales.txt
var localesText string

var locales = sync.OnceValue(func() []Locale {
	var all []Locale
	for line := range strings.Lines(localesText) {
		var l Locale
		if _, err := fmt.Sscanf(line, "%s %x %d %d %d %s", &l.Tag, &l.LCID, &l.ANSI, &l.OEM, &l.Mac, &l.Layout); err != nil {
			panic(fmt.Sprintf("locales.txt: %q: %v", line, err))
		}
		l.Layout = strings.TrimPrefix(l.Layout, "-")
		all = append(all, l)
	}
	return all
})

// Locales returns the locales known by name, in their order.
func Locales() []Locale { return slices.Clone(locales()) }

// ByTag returns the locale with a tag; upper and lower case do not matter.
func ByTag(tag string) (Locale, bool) {
	return find(func(l Locale) bool { return strings.EqualFold(l.Tag, tag) })
}

// ByLCID returns the locale with an LCID of its own.
func ByLCID(lcid uint32) (Locale, bool) {
	return find(func(l Locale) bool { return l.LCID == lcid && l.Numbered() })
}

func find(is func(Locale) bool) (Locale, bool) {
	if i := slices.IndexFunc(locales(), is); i >= 0 {
		return locales()[i], true
	}
	return Locale{}, false
}

// name returns the name of a locale by its LCID; for an unknown one the LCID in
// hexadecimal.
func name(lcid uint32) string {
	if l, ok := ByLCID(lcid); ok {
		return l.Tag
	}
	return "0x" + strconv.FormatUint(uint64(lcid), 16)
}
