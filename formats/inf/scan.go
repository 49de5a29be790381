package inf

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxSectionName is the longest name of a section ("General syntax rules").
const maxSectionName = 255

// A scanner divides text into sections and entries ("General syntax rules for
// INF files", "Line format, continuation, and comments").
type scanner struct {
	file    *File
	rest    string
	number  int // of the line last taken
	section *Section
	fields  int
	entry   *Line
	field   field
	arch    bool // $ARCH$ was met
}

// scan reads the sections of the text.
func (f *File) scan(text string) error {
	text, _, _ = strings.Cut(text, "\x1a") // the end of a DOS text
	s := &scanner{file: f, rest: text}
	for s.rest != "" {
		line := strings.TrimLeft(s.next(), blanks)
		switch {
		case line == "" || line[0] == ';':
		case line[0] == '[':
			s.template(line)
			s.header(line)
		case s.section == nil:
			f.problems.add(s.number, Syntax, "%s stands before the first section", quote(line))
		default:
			s.line(line)
		}
		if s.fields > maxFields {
			return fmt.Errorf("%w: line %d: more than %d lines and values", ErrFormat, s.number, maxFields)
		}
	}
	if len(f.sections) == 0 {
		return fmt.Errorf("%w: it has no section", ErrFormat)
	}
	return nil
}

const blanks = " \t\v\f\u00a0\ufeff"

// next takes a line of the text, which CR, LF or both end.
func (s *scanner) next() string {
	s.number++
	end := strings.IndexAny(s.rest, "\r\n")
	if end < 0 {
		line := s.rest
		s.rest = ""
		return line
	}
	line := s.rest[:end]
	if strings.HasPrefix(s.rest[end:], "\r\n") {
		end++
	}
	s.rest = s.rest[end+1:]
	return line
}

// header starts or goes on with a section.
func (s *scanner) header(line string) {
	name, after, closed := strings.Cut(line[1:], "]")
	if !closed {
		s.file.problems.add(s.number, Syntax, "the name of section %s is not closed by a bracket", quote(name))
		name, _, _ = strings.Cut(name, ";")
	}
	if after = strings.TrimLeft(after, blanks); after != "" && after[0] != ';' {
		s.file.problems.add(s.number, Syntax, "%s after the name of a section is ignored", quote(after))
	}
	name = strings.Trim(name, blanks)
	if utf8.RuneCountInString(name) > maxSectionName {
		s.file.problems.add(s.number, Syntax, "the name of a section has more than %d characters: it is cut", maxSectionName)
		name = string([]rune(name)[:maxSectionName])
	}
	s.fields++
	s.section = s.file.byName[fold(name)]
	if s.section == nil {
		s.section = &Section{Name: name, Line: s.number}
		s.file.sections = append(s.file.sections, s.section)
		s.file.byName[fold(name)] = s.section
		s.file.index(s.section)
	}
}

// archToken is the placeholder that a driver's build replaces.
var archToken = regexp.MustCompile(`(?i)\$arch\$`)

// template says, once, that the file is to be completed by a build.
func (s *scanner) template(line string) {
	if !s.arch && archToken.MatchString(line) {
		s.arch = true
		s.file.problems.add(s.number, Template, "$ARCH$ is for a build to replace: the file is the source of an INF")
	}
}

// line reads an entry that starts with the given line, and takes those that go
// on with it.
func (s *scanner) line(text string) {
	if strings.Contains(text, "$") {
		s.template(text)
	}
	s.entry = &Line{Number: s.number}
	s.field = field{}
	for text != "" {
		text = s.step(text)
	}
	s.end()
	if s.entry.HasKey || len(s.entry.Values) > 1 || s.entry.Values[0] != "" {
		s.section.Lines = append(s.section.Lines, *s.entry)
		s.fields++
	}
}

// step reads what comes next of an entry and returns what is left of it.
func (s *scanner) step(text string) string {
	switch c := text[0]; {
	case c == '"':
		return s.quoted(text[1:])
	case c == ';':
		return ""
	case c == ',':
		s.end()
		return text[1:]
	case c == '=' && !s.entry.HasKey && len(s.entry.Values) == 0:
		s.entry.rawKey, s.entry.HasKey = s.field.take(), true
		return text[1:]
	case c == '%':
		n := 1 + tokenLength(text[1:])
		s.field.add(text[:n])
		return text[n:]
	case c == '\\':
		return s.backslash(text)
	}
	n := strings.IndexAny(text[1:], "\";,=%\\")
	if n < 0 {
		n = len(text) - 1
	}
	s.field.add(text[:n+1])
	return text[n+1:]
}

// tokenLength is the length of a string token without blanks up to and with its
// closing percent sign, in which a semicolon starts no comment; 0 for none.
func tokenLength(text string) int {
	end := strings.IndexAny(text, "%\",="+blanks)
	if end < 0 || text[end] != '%' {
		return 0
	}
	return end + 1
}

// quoted reads a quoted part of a value, in which two quotation marks are one.
func (s *scanner) quoted(text string) string {
	for {
		end := strings.IndexByte(text, '"')
		if end < 0 {
			s.file.problems.add(s.number, Syntax, "a quotation mark is not closed")
			s.field.addQuoted(text)
			return ""
		}
		s.field.addQuoted(text[:end])
		if text = text[end+1:]; !strings.HasPrefix(text, `"`) {
			return text
		}
		s.field.addQuoted(`"`)
		text = text[1:]
	}
}

// backslash reads backslashes; those that end a line continue it on the next.
func (s *scanner) backslash(text string) string {
	after := strings.TrimLeft(text, `\`)
	rest := strings.TrimLeft(after, blanks)
	if rest != "" && rest[0] != ';' {
		s.field.add(text[:len(text)-len(after)])
		return after
	}
	if following := strings.TrimLeft(s.rest, blanks); strings.HasPrefix(following, "[") {
		s.file.problems.add(s.number, Syntax, "a backslash at the end of the line continues it on the next, which starts a section")
		return ""
	}
	return strings.TrimLeft(s.next(), blanks)
}

// end ends a value.
func (s *scanner) end() {
	s.entry.Values = append(s.entry.Values, s.field.take())
	s.fields++
}

// A field is a value being put together of parts with and without quotation
// marks; blanks around it do not belong to it.
type field struct {
	text []byte
	kept int // how many bytes are quoted or come before what is
	any  bool
}

func (f *field) add(part string) {
	if !f.any {
		part = strings.TrimLeft(part, blanks)
	}
	f.any = f.any || part != ""
	f.text = append(f.text, part...)
}

func (f *field) addQuoted(part string) {
	f.text = append(f.text, part...)
	f.kept, f.any = len(f.text), true
}

// take returns the value and starts the next.
func (f *field) take() string {
	tail := strings.TrimRight(string(f.text[f.kept:]), blanks)
	value := string(f.text[:f.kept]) + tail
	*f = field{text: f.text[:0]}
	return value
}

// quote is a text for a message, cut if long.
func quote(text string) string {
	const most = 60
	if r := []rune(text[:min(len(text), 4*most)]); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
