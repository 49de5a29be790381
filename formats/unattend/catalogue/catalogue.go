// Package catalogue knows the components of Windows that answer files set, their
// settings, the passes in which Windows carries these out, and the values that
// some of them have ("Unattended Windows Setup Reference"; settings of older
// versions of Windows are from real files).
package catalogue

import (
	_ "embed"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/gildhq/gild/formats/unattend"
)

// table has a line for each component and, indented by as many blanks as they are
// deep, for each setting: the name; the passes, by their letters after @, where
// they are others than those of what it is in; the type. A component whose
// settings are not listed has a question mark.
//
//go:embed catalogue.txt
var table string

// passLetters are the passes by their letters.
var passLetters = []struct {
	letter rune
	pass   string
}{
	{'w', "windowsPE"}, {'f', "offlineServicing"}, {'g', "generalize"}, {'s', "specialize"},
	{'a', "auditSystem"}, {'u', "auditUser"}, {'o', "oobeSystem"},
}

// Passes returns the names of all passes, in the order in which they come.
func Passes() []string {
	names := make([]string, len(passLetters))
	for i, p := range passLetters {
		names[i] = p.pass
	}
	return names
}

// setting is a component or an element in one.
type setting struct {
	passes   string // letters; empty: not known
	kind     string // bool, int, computer, max and a number, or values with bars between them; empty: any text
	open     bool   // what is in it is not listed
	children map[string]*setting
}

var components = sync.OnceValue(func() map[string]*setting {
	root := &setting{children: map[string]*setting{}}
	path := []*setting{root}
	for line := range strings.Lines(table) {
		name := strings.TrimLeft(line, " ")
		depth := len(line) - len(name)
		fields := strings.Fields(name)
		parent := path[depth]
		s := &setting{passes: parent.passes, children: map[string]*setting{}}
		for _, f := range fields[1:] {
			switch passes, ok := strings.CutPrefix(f, "@"); {
			case ok:
				s.passes = passes
			case f == "?":
				s.open = true
			default:
				s.kind = f
			}
		}
		parent.children[fields[0]] = s
		path = append(path[:depth+1], s)
	}
	return root.children
})

// Components returns the names of all components, sorted.
func Components() []string { return slices.Sorted(maps.Keys(components())) }

// Fault is something in the settings of a component that Windows does not take.
type Fault struct {
	Path   string // of the setting: names with slashes between them; empty: the component
	Detail string // in sentences
	Fatal  bool   // Windows Setup ends with an error; else it ignores the setting, or may
}

// checker collects faults.
type checker struct {
	component unattend.Component
	similar   func(name string, names []string) string
	faults    []Fault
}

// Check returns what is wrong with settings. The function returns the name that was
// meant by one that is not known, or nothing.
func Check(c unattend.Component, s unattend.Setting, similar func(name string, names []string) string) []Fault {
	k := &checker{component: c, similar: similar}
	known, ok := components()[c.Name]
	if !ok {
		k.add("", false, "gild knows no component %q of Windows, which passes over what it does not have.%s", c.Name, k.hint(c.Name, maps.Keys(components())))
		return k.faults
	}
	switch passes := known.allPasses(); {
	case known.open:
	case !k.inPass(passes):
		k.add("", false, "Windows carries out the component %s in the pass %s, not in %s.%s%s", c.Name, or(passes), c.Pass, k.passHint(s), international(c))
	default:
		k.fields(known, s, "")
	}
	return k.faults
}

// international says how else what the component sets gets into an image.
func international(c unattend.Component) string {
	if c.Name != "Microsoft-Windows-International-Core" || c.Pass != "offlineServicing" {
		return ""
	}
	return ` The kind "international" sets languages, locales, keyboards and the time zone in the image itself.`
}

// allPasses are the letters of the passes of a setting and of all that is in it.
func (s *setting) allPasses() string {
	letters := s.passes
	for _, c := range s.children {
		letters += c.allPasses()
	}
	return letters
}

func (k *checker) add(path string, fatal bool, format string, args ...any) {
	k.faults = append(k.faults, Fault{path, fmt.Sprintf(format, args...), fatal})
}

func (k *checker) hint(name string, names iter.Seq[string]) string {
	all := slices.Sorted(names)
	other := k.similar(name, all)
	if i := slices.IndexFunc(all, func(n string) bool { return strings.EqualFold(n, name) }); i >= 0 {
		other = all[i]
	}
	if other != "" {
		return fmt.Sprintf(" Did you mean %q?", other)
	}
	return ""
}

// fields checks the elements in a component or an element.
func (k *checker) fields(known *setting, s unattend.Setting, path string) {
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		field := s.Fields[name]
		if strings.HasPrefix(name, "@") || name == unattend.TextField || field.Kind == unattend.Absent {
			continue
		}
		here := path + name
		child, ok := known.children[name]
		switch {
		case !ok && len(known.children) == 0 && path != "":
			k.add(strings.TrimSuffix(path, "/"), false, "The setting %s of the component %s has text, not elements such as %q.", strings.TrimSuffix(path, "/"), k.component.Name, name)
		case !ok:
			in := "the component " + k.component.Name
			if path != "" {
				in = strings.TrimSuffix(path, "/") + " of " + in
			}
			k.add(here, false, "gild knows no setting %q in %s, and Windows does not carry out what it does not know.%s", name, in, k.hint(name, maps.Keys(known.children)))
		case !k.inPass(child.allPasses()):
			k.add(here, false, "Windows carries out the setting %s of the component %s in the pass %s, not in %s.", here, k.component.Name, or(child.allPasses()), k.component.Pass)
		default:
			k.value(child, field, here)
		}
	}
}

// inPass reports whether the pass is one of those, or they are not known.
func (k *checker) inPass(letters string) bool {
	if letters == "" {
		return true
	}
	for _, p := range passLetters {
		if p.pass == k.component.Pass && strings.ContainsRune(letters, p.letter) {
			return true
		}
	}
	return false
}

// passHint names the component of a longer name that has the settings in the pass.
func (k *checker) passHint(s unattend.Setting) string {
	for _, name := range Components() {
		other := components()[name]
		if !strings.HasPrefix(name, k.component.Name) || !k.inPass(other.allPasses()) || name == k.component.Name {
			continue
		}
		for setting := range s.Fields {
			if other.children[setting] != nil {
				return fmt.Sprintf(" In that pass it is the component %s.", name)
			}
		}
	}
	return ""
}

func or(letters string) string {
	var names []string
	for _, p := range passLetters {
		if strings.ContainsRune(letters, p.letter) {
			names = append(names, p.pass)
		}
	}
	return strings.Join(names, " or ")
}

// value checks what an element holds.
func (k *checker) value(known *setting, s unattend.Setting, path string) {
	switch s.Kind {
	case unattend.List:
		for _, item := range s.Items {
			k.value(known, item, path)
		}
	case unattend.Object:
		if text, ok := s.Fields[unattend.TextField]; ok {
			k.text(known, text.Text, path)
		}
		k.fields(known, s, path+"/")
	case unattend.Text:
		k.text(known, s.Text, path)
	}
}

func (k *checker) text(known *setting, text, path string) {
	if known.kind == "computer" {
		if detail := computerFault(text); detail != "" {
			k.add(path, true, "%s", detail)
		}
		return
	}
	name := fmt.Sprintf("The setting %s of the component %s", path, k.component.Name)
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || strings.Contains(text, "%") || strings.HasPrefix(trimmed, "*SENSITIVE*") {
		return // a variable may stand for anything, and so does what Setup has blotted out
	}
	if len(known.children) > 0 { // the text may be a secret
		k.add(path, false, "%s has elements such as %s, not text.", name, slices.Sorted(maps.Keys(known.children))[0])
		return
	}
	switch limit, isMax := strings.CutPrefix(known.kind, "max"); {
	case known.kind == "bool":
		if !slices.Contains([]string{"true", "false", "1", "0"}, strings.ToLower(trimmed)) {
			k.add(path, true, "%s is true or false, not %.60q.", name, text)
		}
	case known.kind == "int":
		if _, err := strconv.ParseUint(trimmed, 10, 32); err != nil {
			k.add(path, true, "%s is a whole number, not %.60q.", name, text)
		}
	case isMax:
		if most, _ := strconv.Atoi(limit); len(utf16.Encode([]rune(text))) > most {
			k.add(path, false, "%s has at most %d characters, and this has %d.", name, most, len(utf16.Encode([]rune(text))))
		}
	case strings.Contains(known.kind, "|"):
		values := strings.Split(known.kind, "|")
		if !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, trimmed) }) {
			k.add(path, false, "%s is one of %s, not %.60q.%s", name, strings.Join(values, ", "), text, k.hint(trimmed, slices.Values(values)))
		}
	}
}

// placeholder is replaced before Windows sees it, as by Windows Deployment Services.
var placeholder = regexp.MustCompile(`%[A-Za-z0-9]+%`)

// computerFault tells what is wrong with the name of a computer ("Unattended Windows
// Setup Reference", Microsoft-Windows-Shell-Setup, ComputerName).
func computerFault(name string) string {
	if name == "" || name == "*" || placeholder.MatchString(name) {
		return ""
	}
	detail := ""
	switch {
	case len(name) > 15:
		detail = fmt.Sprintf("The name of a computer has up to 15 bytes, and %q has %d", name, len(name))
	case strings.Trim(name, "0123456789") == "":
		detail = fmt.Sprintf("The name of a computer can't be made of digits alone, as %q is", name)
	case strings.ContainsAny(name, "{|}~[\\]^':;<=>?@!\"#$%`()+/.,*& \t\r\n"):
		detail = fmt.Sprintf("%q holds a character that names of computers can't have, such as blanks, dots and most signs", name)
	default:
		return ""
	}
	return detail + `; "*" stands for a random one.`
}
