// Package transcript reads what dism.exe prints when it is asked to print English.
//
// It goes by the form of the lines and not by their words: records are lines
// "name : value" between empty lines, progress bars are in brackets. So what is not
// known is kept, and numbers may be written as the host's language does. Tables, which
// gild never asks for, are text.
//
// Documents: "DISM Image Management Command-Line Options", "DISM Operating System
// Package Servicing Command-Line Options"; the forms are those of captured output.
package transcript

import (
	"slices"
	"strings"
)

// Transcript is the output of one run of dism.exe.
type Transcript struct {
	Tool    string   // version of DISM; empty if it printed none
	Image   string   // version of the image that was serviced; empty if there was none
	Records []Record // what was listed, in order
	Items   []Item   // packages and drivers that were worked on, in order
	Failure *Failure // the last error; nil if there was none
	Text    []string // lines that are nothing else, such as headings and verdicts
	Done    bool     // it says that the operation was completed
	Percent float64  // of the last progress bar; -1 if there was none
}

// Record is what was listed about one thing.
type Record []Field

// Field is a line of a record.
type Field struct {
	Name, Value string
	More        []string // lines of the value that stand below
}

// Item is one of several things an action was about. DISM goes on with the next one
// where one fails, and ends with one error for all: what it says of an item tells more.
type Item struct {
	Number, Of int    // 0 of one that only an error names
	Action     string // Adding package, Removing package; empty for drivers
	Name       string // identity of a package or the first part of it, path of a package or driver
	Result     string // what was said of it; mostly empty for packages
	Code       uint32 // of the error that was reported of it; 0: none was, which is no proof that it is done
}

// Called reports whether a name is the item's: a path, an identity, or the part of an
// identity before its first tilde, by which errors call packages.
func (it Item) Called(name string) bool {
	short := func(s string) string { s, _, _ = strings.Cut(s, "~"); return s }
	return strings.EqualFold(it.Name, name) || strings.EqualFold(short(it.Name), short(name)) && (short(name) == name || short(it.Name) == it.Name)
}

// Failure is an error DISM tells of.
type Failure struct {
	Code    uint32   // Win32 error or HRESULT
	Message []string // in lines, without those of inner errors
	Inner   []uint32 // codes named within the message
	Log     string   // where DISM says its log is; empty if it does not
}

// Get returns the value of a field, empty if there is none.
func (r Record) Get(name string) string {
	if i := slices.IndexFunc(r, func(f Field) bool { return f.Name == name }); i >= 0 {
		return r[i].Value
	}
	return ""
}

// Has reports whether the record has a field.
func (r Record) Has(name string) bool {
	return slices.ContainsFunc(r, func(f Field) bool { return f.Name == name })
}

// With returns the records that have a field, which tells what they are about.
func (t *Transcript) With(name string) []Record {
	var found []Record
	for _, r := range t.Records {
		if r.Has(name) {
			found = append(found, r)
		}
	}
	return found
}

// Get returns the value of the first field of that name in any record.
func (t *Transcript) Get(name string) string {
	for _, r := range t.Records {
		if r.Has(name) {
			return r.Get(name)
		}
	}
	return ""
}

// Says reports whether a line begins with the words. Verdicts on an image's health
// are such lines: the exit code does not tell.
func (t *Transcript) Says(words string) bool {
	return slices.ContainsFunc(t.Text, func(line string) bool { return strings.HasPrefix(line, words) })
}

// Parse reads a whole output.
func Parse(output []byte) *Transcript {
	p := NewParser(nil)
	p.Write(output) // never fails
	return p.End()
}
