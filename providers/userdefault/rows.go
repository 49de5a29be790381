package userdefault

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/gildhq/gild/providers/settings"
)

// Keys of several settings.
const (
	user      = `HKU\Default\`
	current   = user + `Software\Microsoft\Windows\CurrentVersion\`
	advanced  = current + `Explorer\Advanced`
	control   = user + `Control Panel\`
	policies  = user + `Software\Policies\Microsoft\Windows\`
	microsoft = "Microsoft's DSC resources, module "
)

// admx names a policy and the file of administrative templates that defines it.
func admx(file, policy string) string { return "“" + policy + "” (" + file + ".admx)" }

// dsc names a class of Microsoft.Windows.Developer.
func dsc(class string) string { return microsoft + "Microsoft.Windows.Developer, " + class }

// folder names the registry record with which Windows defines an option of Explorer.
func folder(name string) string {
	return `Windows, HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Advanced\Folder\` + name
}

// connections names a section of Microsoft's article on connections from Windows.
func connections(section string) string {
	return "Microsoft Learn, “Manage connections from Windows operating system components to Microsoft services”, " + section
}

// parameters names an action of SystemParametersInfo that reads the value.
func parameters(action string) string { return "Windows API, SystemParametersInfo, " + action }

// dword is the registry value of a setting.
type dword struct{ key, name string }

// toggle is a setting that is true or false.
func toggle(name, doc, source string, at dword, yes, no uint32) settings.Setting {
	return enum(name, doc, source, at, v{"true", yes}, v{"false", no})
}

// v is a value of a setting: its name and its number.
type v struct {
	name string
	n    uint32
}

func enum(name, doc, source string, at dword, values ...v) settings.Setting {
	s := settings.Setting{Name: name, Doc: doc, Source: source}
	for _, v := range values {
		s.Values = append(s.Values, is(v.name, settings.Dword(at.key, at.name, v.n)))
	}
	return s
}

func is(name string, parts ...settings.Part) settings.Value {
	return settings.Value{Name: name, Make: parts}
}

func choice(name, doc, source string, values ...settings.Value) settings.Setting {
	return settings.Setting{Name: name, Doc: doc, Source: source, Values: values}
}

// digits is a setting whose number is stored as text.
func digits(name, doc, source, unit, key, value string, low, high uint32) settings.Setting {
	return settings.Setting{Name: name, Doc: doc, Source: source, Number: &settings.Number{
		Min: low, Max: high, Unit: unit,
		Make: func(n uint32) []settings.Part {
			return []settings.Part{settings.String(key, value, strconv.FormatUint(uint64(n), 10))}
		},
	}}
}

// path is a setting whose value is a file in the running Windows.
func path(name, doc, source, key, value string) settings.Setting {
	return settings.Setting{Name: name, Doc: doc, Source: source, Text: &settings.Text{
		Check: func(s string) error {
			switch {
			case s == "":
				return nil
			case len(s) > 259:
				return fmt.Errorf("the path has %d bytes, more than the 259 that Windows takes here", len(s))
			case len(s) <= 3 || s[1:3] != `:\` && s[0] != '%' || strings.Contains(s, "/"):
				return fmt.Errorf(`%q is not the absolute path of a file in the running Windows, such as C:\Windows\Web\logo.jpg, or empty`, s)
			case strings.ContainsAny(s, `"<>|?*`) || strings.ContainsFunc(s, unicode.IsControl):
				return fmt.Errorf("%q holds a character that the path of a file can't have", s)
			}
			return nil
		},
		Make: func(s string) []settings.Part { return []settings.Part{settings.String(key, value, s)} },
	}}
}
