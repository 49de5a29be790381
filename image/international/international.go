// Package international reads and changes the international settings of an image:
// languages, locales, keyboards, time zone, code pages. [Read] returns them all;
// functions such as [SetUserLocale] and [SetTimeZone] change one each. It also has
// tables of Windows' locales ([ByTag]) and of IANA time zones ([ByIANA]). The kind of
// the same name is in providers/international.
package international

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

// Where the settings are. Those of users are below the root of a hive.
const (
	control     = `HKLM\SYSTEM\CurrentControlSet\Control\`
	uiLanguages = control + `MUI\UILanguages`
	muiSettings = control + `MUI\Settings`
	nlsLanguage = control + `Nls\Language`
	nlsLocale   = control + `Nls\Locale`
	codePages   = control + `Nls\CodePage`
	layouts     = control + `Keyboard Layouts`
	zone        = control + `TimeZoneInformation`
	zones       = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones`
	keyboard    = `HKLM\SYSTEM\CurrentControlSet\Services\i8042prt`

	formats     = `\Control Panel\International`
	geo         = formats + `\Geo`
	desktop     = `\Control Panel\Desktop`
	preload     = `\Keyboard Layout\Preload`
	substitutes = `\Keyboard Layout\Substitutes`
)

// NewUsers and Logon are the roots of the hives with settings of users: those for new
// users, and those of the logon screen and services.
const (
	NewUsers = `HKU\Default`
	Logon    = `HKU\.DEFAULT`
)

// Settings are the international settings of an image. A setting that the image does
// not have is empty. Languages and locales are tags such as en-US; an unknown one is
// its number in hexadecimal, such as 0x1000.
type Settings struct {
	UILanguages       []UILanguage
	DefaultUILanguage string   // the language Windows was installed in
	PreferredUI       []string // the machine's preferred languages, if it has any
	SystemLocale      string   // for programs without Unicode
	TimeZone          string
	Layered           int // layered keyboard driver, as DISM numbers them; 0: none
	ANSICodePage      string
	OEMCodePage       string
	MacCodePage       string
	Users             []User // new users first, then the logon screen; those whose hive exists
}

// User is the settings of users that are kept in one hive.
type User struct {
	Root         string   // [NewUsers] or [Logon]
	Locale       string   // formats
	Location     string   // a GEOID
	InputLocales []string // language and keyboard, the first is the default: 0409:00000409
	PreferredUI  []string // preferred languages, before those of the machine
}

// UILanguage is an installed language of the user interface.
type UILanguage struct {
	Tag       string
	LCID      uint32 // 0: not known
	Localized string // fully, partially, interface_pack; unknown
}

// Read reads the settings, and notes of what could not be read.
func Read(_ context.Context, s image.Session) (Settings, []string, error) {
	r, err := regread.NewReader(s)
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
	for _, root := range []string{NewUsers, Logon} {
		if _, ok := r.Key(root + `\Control Panel`); ok {
			out.Users = append(out.Users, out.user(r, root))
		}
	}
	return out, r.Notes(), nil
}

// readUILanguage reads a language; the low bits of its type are the MUI_ flags
// of GetUILanguageInfo (winnls.h).
func readUILanguage(r *regread.Reader, name string) UILanguage {
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

// system reads the settings of the whole machine.
func (s *Settings) system(r *regread.Reader) {
	language, _ := r.Key(nlsLanguage)
	locale, _ := r.Key(nlsLocale)
	s.DefaultUILanguage = s.tag(r, language, "InstallLanguage")
	if s.SystemLocale = s.tag(r, locale, ""); s.SystemLocale == "" {
		s.SystemLocale = s.tag(r, language, "Default")
	}
	mui, _ := r.Key(muiSettings)
	s.PreferredUI = mui.Texts("PreferredUILanguages")
	z, _ := r.Key(zone)
	s.TimeZone = z.Text("TimeZoneKeyName")
	pages, _ := r.Key(codePages)
	s.ANSICodePage, s.OEMCodePage, s.MacCodePage = pages.Text("ACP"), pages.Text("OEMCP"), pages.Text("MACCP")
	driver, _ := r.Key(keyboard + `\Parameters`)
	s.Layered = layeredIn(driver)
}

// user reads the settings in a hive of users.
func (s *Settings) user(r *regread.Reader, root string) User {
	u := User{Root: root}
	international, _ := r.Key(root + formats)
	if u.Locale = international.Text("LocaleName"); u.Locale == "" {
		u.Locale = s.tag(r, international, "Locale")
	}
	location, _ := r.Key(root + geo)
	u.Location = location.Text("Nation")
	u.InputLocales = inputLocales(r, root)
	languages, _ := r.Key(root + desktop)
	u.PreferredUI = languages.Texts("PreferredUILanguages")
	return u
}

// tag returns the language that a value names by its LCID in hexadecimal.
func (s *Settings) tag(r *regread.Reader, k regread.Key, value string) string {
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
	return name(lcid)
}

// inputLocales reads the keyboards in a hive of users, as DISM names them: the
// language, and the layout in place of the one it has by default.
func inputLocales(r *regread.Reader, root string) []string {
	loaded, _ := r.Key(root + preload)
	others, _ := r.Key(root + substitutes)
	values := slices.Clone(loaded.Values)
	slices.SortStableFunc(values, func(a, b image.Value) int {
		if len(a.Name) != len(b.Name) {
			return len(a.Name) - len(b.Name)
		}
		return nt.Compare(a.Name, b.Name) // numbers from 1
	})
	var list []string
	for _, v := range values {
		id := loaded.Text(v.Name)
		if n, err := strconv.ParseUint(id, 16, 32); err != nil || len(id) != 8 || n == 0 {
			r.Note("registry key %q: value %q is %q, not a keyboard of 8 hexadecimal digits", loaded.Path, v.Name, id)
			continue
		}
		layout := id
		if s := others.Text(id); s != "" {
			layout = s
		}
		list = append(list, strings.ToLower(id[4:]+":"+layout))
	}
	return list
}
