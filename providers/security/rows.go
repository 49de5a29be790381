package security

import (
	"regexp"
	"strings"

	"github.com/gildhq/gild/providers/settings"
)

// Keys of several settings.
const (
	policies       = `HKLM\SOFTWARE\Policies\Microsoft\`
	windowsPolicy  = policies + `Windows\`
	systemPolicy   = windowsPolicy + "System"
	uacPolicy      = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`
	explorerPolicy = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer`
	control        = `HKLM\SYSTEM\CurrentControlSet\Control\`
	services       = `HKLM\SYSTEM\CurrentControlSet\Services\`
	lsa            = control + "Lsa"
)

// admx names a policy and the file of administrative templates that defines it.
func admx(file, policy string) string { return "“" + policy + "” (" + file + ".admx)" }

// guide names a policy of the templates that come with Microsoft's security baselines.
func guide(policy string) string {
	return "“" + policy + "” (SecGuide.admx of the Security Compliance Toolkit)"
}

// mss names a policy of the templates for the settings of that name.
func mss(policy string) string {
	return "“" + policy + "” (MSS-legacy.admx of the Security Compliance Toolkit)"
}

// option names a security option of Windows.
func option(policy string) string { return "security option “" + policy + "”" }

// learn names a page of Microsoft Learn and the section.
func learn(page, section string) string {
	if section == "" {
		return "Microsoft Learn, “" + page + "”"
	}
	return "Microsoft Learn, “" + page + "”, " + section
}

// dword is the registry value of a setting.
type dword struct{ key, name string }

// toggle is a setting that is enabled or disabled.
func toggle(name, doc, source string, at dword, enabled, disabled uint32) settings.Setting {
	return enum(name, doc, source, at, v{"enabled", enabled, ""}, v{"disabled", disabled, ""})
}

// v is a value of a setting: its name, its number, and its meaning if the name does not
// show it.
type v struct {
	name string
	n    uint32
	doc  string
}

// enum is a setting with a fixed set of numbers.
func enum(name, doc, source string, at dword, values ...v) settings.Setting {
	s := settings.Setting{Name: name, Doc: doc, Source: source}
	for _, v := range values {
		s.Values = append(s.Values, settings.Value{Name: v.name, Doc: v.doc, Make: []settings.Part{settings.Dword(at.key, at.name, v.n)}})
	}
	return s
}

// number is a setting with any number of a range.
func number(name, doc, source, unit string, at dword, low, high uint32) settings.Setting {
	return settings.Setting{Name: name, Doc: doc, Source: source, Number: &settings.Number{
		Min: low, Max: high, Unit: unit,
		Make: func(n uint32) []settings.Part { return []settings.Part{settings.Dword(at.key, at.name, n)} },
	}}
}

// choice is a setting whose values consist of several parts.
func choice(name, doc, source string, values ...settings.Value) settings.Setting {
	return settings.Setting{Name: name, Doc: doc, Source: source, Values: values}
}

func is(name, doc string, parts ...settings.Part) settings.Value {
	return settings.Value{Name: name, Doc: doc, Make: parts}
}

// numbers sets several values of one key to the same number.
func numbers(key string, n uint32, names ...string) []settings.Part {
	var parts []settings.Part
	for _, name := range names {
		parts = append(parts, settings.Named(snake(name), settings.Dword(key, name, n)))
	}
	return parts
}

var (
	word    = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+|[0-9]+`)
	numeral = regexp.MustCompile(`[0-9]+`)
)

// snake returns a name of the registry as a part of a resource's name.
func snake(name string) string {
	return strings.ToLower(strings.Join(word.FindAllString(name, -1), "_"))
}

// digits returns the numbers in a name as a part of a resource's name.
func digits(name string) string {
	return strings.Join(numeral.FindAllString(name, -1), "_")
}
