// Package intl reads the international settings of an image: languages,
// locales, keyboards, time zone, code pages.
package intl

import (
	"context"
	"slices"
	"strconv"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/record"
)

const (
	control      = `HKLM\SYSTEM\CurrentControlSet\Control\`
	uiLanguages  = control + `MUI\UILanguages`
	userDefault  = `HKU\Default\`  // what new users start with
	logonDefault = `HKU\.DEFAULT\` // the logon screen
)

// Settings are the international settings of an image. What it does not tell is
// empty. Languages and locales are tags such as en-US; one whose tag is not known
// is its number in hexadecimal, such as 0x1000.
type Settings struct {
	UILanguages       []UILanguage
	DefaultUILanguage string   // that Windows was installed in
	PreferredUI       []string // the machine's preferred languages, where it has any
	SystemLocale      string   // for programs that know no Unicode
	UserLocale        string   // formats, for new users
	GeoID             string   // location for new users, a GEOID
	InputLocales      []string // language and keyboard for new users, the first is the default: 0409:00000409
	TimeZone          string
	ANSICodePage      string
	OEMCodePage       string
	MacCodePage       string
}

// UILanguage is an installed language of the user interface.
type UILanguage struct {
	Tag       string
	LCID      uint32 // 0: not known
	Localized string // fully, partially, interface_pack; unknown
}

// Read reads the settings, and notes of what could not be read.
func Read(_ context.Context, s image.Session) (Settings, []string, error) {
	r, err := record.NewReader(s)
	if err != nil {
		return Settings{}, nil, err
	}
	names, err := r.Subkeys(uiLanguages)
	if err != nil {
		return Settings{}, nil, err
	}
	var out Settings
	for _, name := range names {
		out.UILanguages = append(out.UILanguages, readUILanguage(r, name))
	}
	out.system(r)
	out.user(r)
	return out, r.Notes(), nil
}

// readUILanguage reads a language; the low bits of its type are the MUI_ flags
// of GetUILanguageInfo (winnls.h).
func readUILanguage(r *record.Reader, name string) UILanguage {
	k, _ := r.Key(uiLanguages + `\` + name)
	l := UILanguage{Tag: name, Localized: "unknown"}
	l.LCID, _ = k.Number("LCID")
	flags, _ := k.Number("Type")
	switch flags & 7 {
	case 1:
		l.Localized = "fully"
	case 2:
		l.Localized = "partially"
	case 4:
		l.Localized = "interface_pack"
	}
	return l
}

// system reads what holds for the whole machine.
func (s *Settings) system(r *record.Reader) {
	language, _ := r.Key(control + `Nls\Language`)
	locale, _ := r.Key(control + `Nls\Locale`)
	s.DefaultUILanguage = s.tag(r, language, "InstallLanguage")
	if s.SystemLocale = s.tag(r, locale, ""); s.SystemLocale == "" {
		s.SystemLocale = s.tag(r, language, "Default")
	}
	mui, _ := r.Key(control + `MUI\Settings`)
	s.PreferredUI = mui.Texts("PreferredUILanguages")
	zone, _ := r.Key(control + `TimeZoneInformation`)
	s.TimeZone = zone.Text("TimeZoneKeyName")
	pages, _ := r.Key(control + `Nls\CodePage`)
	s.ANSICodePage, s.OEMCodePage, s.MacCodePage = pages.Text("ACP"), pages.Text("OEMCP"), pages.Text("MACCP")
}

// user reads what new users start with; of an image without their hive, what
// the logon screen has.
func (s *Settings) user(r *record.Reader) {
	root := userDefault
	if _, ok := r.Key(userDefault + `Control Panel`); !ok {
		root = logonDefault
	}
	formats, _ := r.Key(root + `Control Panel\International`)
	if s.UserLocale = formats.Text("LocaleName"); s.UserLocale == "" {
		s.UserLocale = s.tag(r, formats, "Locale")
	}
	geo, _ := r.Key(root + `Control Panel\International\Geo`)
	s.GeoID = geo.Text("Nation")
	s.InputLocales = inputLocales(r, root+`Keyboard Layout\`)
}

// tag returns the language that a value names by its LCID in hexadecimal.
func (s *Settings) tag(r *record.Reader, k record.Key, value string) string {
	text := k.Text(value)
	if text == "" {
		return ""
	}
	n, err := strconv.ParseUint(text, 16, 32)
	if err != nil {
		r.Note("registry key %q: value %q is %q, not a locale in hexadecimal", k.Path, value, text)
		return ""
	}
	lcid := uint32(n)
	for _, l := range s.UILanguages {
		if l.LCID == lcid {
			return l.Tag
		}
	}
	if tag := tagOf(lcid); tag != "" {
		return tag
	}
	return "0x" + strconv.FormatUint(n, 16)
}

// inputLocales reads the keyboards below a key Keyboard Layout, as DISM names
// them: the language, and the layout in place of the one it has by default.
func inputLocales(r *record.Reader, key string) []string {
	preload, _ := r.Key(key + "Preload")
	substitutes, _ := r.Key(key + "Substitutes")
	values := slices.Clone(preload.Values)
	slices.SortStableFunc(values, func(a, b image.Value) int {
		if len(a.Name) != len(b.Name) {
			return len(a.Name) - len(b.Name)
		}
		return nt.Compare(a.Name, b.Name) // numbers from 1
	})
	var list []string
	for _, v := range values {
		id := preload.Text(v.Name)
		if n, err := strconv.ParseUint(id, 16, 32); err != nil || len(id) != 8 || n == 0 {
			r.Note("registry key %q: value %q is %q, not a keyboard of 8 hexadecimal digits", preload.Path, v.Name, id)
			continue
		}
		layout := id
		if s := substitutes.Text(id); s != "" {
			layout = s
		}
		list = append(list, id[4:]+":"+layout)
	}
	return list
}
