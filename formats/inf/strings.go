package inf

import (
	"fmt"
	"strconv"
	"strings"
)

// maxField is the longest value, before and after strings are substituted
// ("INF size limits"), in bytes of UTF-8.
const maxField = 3 * 4096

// A stringTable holds what strings of the form %key% stand for.
type stringTable struct {
	section string            // the [Strings] section of the language
	values  map[string]string // from it
	others  map[string]string // from [Strings], when another was chosen
	budget  int               // how many bytes may still be written
}

// String returns what %key% stands for.
func (f *File) String(key string) (string, bool) {
	value, ok := f.strings.values[fold(key)]
	if !ok {
		value, ok = f.strings.others[fold(key)]
	}
	return value, ok
}

// substitute replaces the strings in all lines but those that define them.
func (f *File) substitute(language uint16) error {
	f.strings = f.chooseStrings(language)
	f.strings.budget = maxSize
	for _, s := range f.sections {
		if isStrings(s.Name) {
			for i := range s.Lines {
				s.Lines[i].Key = s.Lines[i].rawKey
			}
			continue
		}
		for i := range s.Lines {
			f.substituteLine(&s.Lines[i])
		}
		if f.strings.budget < 0 {
			return fmt.Errorf("%w: section [%s]: its strings become more than %d bytes", ErrFormat, s.Name, maxSize)
		}
	}
	return nil
}

func (f *File) substituteLine(l *Line) {
	l.Key = f.expand(l.rawKey, l.Number)
	for i, value := range l.Values {
		expanded := f.expand(value, l.Number)
		if expanded == value {
			continue
		}
		if l.raw == nil {
			l.raw = append([]string(nil), l.Values...)
		}
		l.Values[i] = expanded
	}
}

// expand replaces the strings of a value. References to directories and
// strings that are not defined stay.
func (f *File) expand(value string, line int) string {
	if len(value) > maxField {
		f.problems.add(line, BadValue, "a value has more than 4095 characters: it is cut")
		return strings.ToValidUTF8(value[:maxField], "")
	}
	start := strings.IndexByte(value, '%')
	if start < 0 {
		return value
	}
	var b strings.Builder
	rest := value
	for start >= 0 && b.Len() <= maxField {
		key, after, closed := strings.Cut(rest[start+1:], "%")
		if !closed {
			break
		}
		b.WriteString(rest[:start])
		b.WriteString(f.lookup(key, line))
		rest = after
		start = strings.IndexByte(rest, '%')
	}
	b.WriteString(rest)
	f.strings.budget -= b.Len()
	if b.Len() > maxField {
		f.problems.add(line, BadValue, "a value has more than 4095 characters once its strings are substituted")
		return value
	}
	return b.String()
}

// lookup returns what stands for %key%.
func (f *File) lookup(key string, line int) string {
	if key == "" {
		return "%"
	}
	if value, ok := f.strings.values[fold(key)]; ok {
		return value
	}
	if value, ok := f.strings.others[fold(key)]; ok {
		f.problems.add(line, UndefinedString, "string %%%s%% is not in [%s]; the one in [Strings] is used", key, f.strings.section)
		return value
	}
	if _, err := strconv.Atoi(key); err != nil {
		f.problems.add(line, UndefinedString, "string %%%s%% is not in [Strings]", key)
	}
	return "%" + key + "%"
}

func isStrings(section string) bool {
	name, _, _ := strings.Cut(fold(section), ".")
	return name == "strings"
}

// chooseStrings selects the strings for a language: of its [Strings.LanguageID],
// else of its primary language without a sublanguage, else of its primary
// language with any, else [Strings] ("INF Strings section", remarks).
func (f *File) chooseStrings(language uint16) stringTable {
	chosen, best := f.Section("Strings"), 0
	for _, s := range f.sections {
		_, suffix, _ := strings.Cut(s.Name, ".")
		id, err := strconv.ParseUint(suffix, 16, 16)
		if !isStrings(s.Name) || err != nil {
			continue
		}
		if rank := rankLanguage(uint16(id), language); rank > best {
			chosen, best = s, rank
		}
	}
	if chosen == nil {
		return stringTable{}
	}
	t := stringTable{section: chosen.Name, values: chosen.table()}
	if plain := f.Section("Strings"); plain != chosen {
		t.others = plain.table()
	}
	return t
}

// rankLanguage is how well strings of language id suit the wanted one; 0 for
// not at all.
func rankLanguage(id, want uint16) int {
	const primary = 0x3ff
	switch {
	case id == want:
		return 3
	case id == want&primary:
		return 2
	case id&primary == want&primary:
		return 1
	}
	return 0
}

// table returns the section's first values by key; the first of a key counts.
func (s *Section) table() map[string]string {
	if s == nil {
		return nil
	}
	table := make(map[string]string, len(s.Lines))
	for i := range s.Lines {
		key := fold(s.Lines[i].rawKey)
		if _, ok := table[key]; !ok {
			table[key] = s.Lines[i].Value(0)
		}
	}
	return table
}
