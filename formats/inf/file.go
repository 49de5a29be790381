package inf

import (
	"fmt"
	"strings"
)

// Bounds of what is read.
const (
	maxSize   = 16 << 20 // of a file, bytes; the largest known are below 4 MB
	maxFields = 1 << 20  // lines and values of a file
)

// A File is an INF that was read. It must not be changed.
type File struct {
	Encoding Encoding
	Version  Version
	// Manufacturers is what [Manufacturer] lists.
	Manufacturers []Manufacturer
	// Problems are those found without regard to a target, at most 1,000.
	Problems []Problem

	sections  []*Section
	byName    map[string]*Section
	decorated map[string][]decorated
	strings   stringTable
	problems  problems
}

// A Section is a named section; sections of the same name are one.
type Section struct {
	Name  string // as first written
	Line  int    // where it starts first
	Lines []Line // in the order of the file
}

// A Line is an entry of a section, which may go over several lines of the file.
type Line struct {
	Number int // of the file, from 1
	// Key is what comes before the equals sign, strings substituted; HasKey
	// reports whether there is one.
	Key    string
	HasKey bool
	// Values are the comma-separated values without their quotation marks,
	// strings substituted. A reference to a directory, %12%, stays as it is.
	Values []string

	rawKey string
	raw    []string // nil when the same as Values
}

// Value returns a value counted from 0, empty when there are not as many.
func (l *Line) Value(i int) string {
	if i < len(l.Values) {
		return l.Values[i]
	}
	return ""
}

// RawValue is a value before strings were substituted, counted from 0.
func (l *Line) RawValue(i int) string {
	if l.raw == nil || i >= len(l.raw) {
		return l.Value(i)
	}
	return l.raw[i]
}

// Parse reads an INF, substituting the strings for English (United States), or
// those of no language. It fails with an [ErrFormat] only.
func Parse(data []byte) (*File, error) {
	return ParseLanguage(data, 0x0409)
}

// ParseLanguage reads an INF, substituting the strings for the language of the
// given identifier (LANGID), such as 0x0407 for German in Germany.
func ParseLanguage(data []byte, language uint16) (*File, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("%w: it has %d bytes, more than %d", ErrFormat, len(data), maxSize)
	}
	f := &File{byName: map[string]*Section{}, decorated: map[string][]decorated{}}
	text, encoding := decode(data)
	text = strings.TrimRight(text, "\x00")
	f.Encoding = encoding
	if err := checkText(data, text, encoding, &f.problems); err != nil {
		return nil, err
	}
	if err := f.scan(text); err != nil {
		return nil, err
	}
	if err := f.substitute(language); err != nil {
		return nil, err
	}
	f.readVersion()
	f.readManufacturers()
	f.Problems = f.problems.list
	return f, nil
}

// Section returns the section of a name, or nil.
func (f *File) Section(name string) *Section { return f.byName[fold(name)] }

// Find returns the first line of a key, or nil; s may be nil.
func (s *Section) Find(key string) *Line {
	if s == nil {
		return nil
	}
	for i := range s.Lines {
		if l := &s.Lines[i]; l.HasKey && strings.EqualFold(l.Key, key) {
			return l
		}
	}
	return nil
}

// fold is the form of a name that is the same in all its spellings.
func fold(name string) string {
	return strings.ToLower(strings.TrimSpace(name))
}
