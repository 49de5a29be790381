// Package lock reads and writes gild.lock.hcl: what exactly goes into the images of a
// configuration. It has a block for each payload, module and source image, with its size
// and digest, and with what a reviewer wants to know of it:
//
//	payload "updates/kb5058411.msu" {
//	  sha256 = "3a6e…"
//	  size   = 712345678
//	  kb     = "KB5058411"
//	  build  = "26100.4061"
//	}
//
// The blocks are sorted, so that two changes of the file conflict only where they are about
// the same thing. The package reads no payload: who calls it compares.
package lock

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/text/unicode/norm"
)

// Name is the name of the file, in the folder of the configuration.
const Name = "gild.lock.hcl"

// version is that of the form of the file.
const version = 1

// Sort is what an entry is about.
type Sort string

// The sorts: types of blocks.
const (
	Module  Sort = "module"
	Payload Sort = "payload"
	Source  Sort = "source" // an image to start from
)

var sorts = []Sort{Module, Payload, Source}

// Key is what an entry is found by.
type Key struct {
	Sort Sort
	// Address is the path or address in the configuration; a path has slashes.
	Address string
	// Constraint is that on the version of a module; empty: there is none.
	Constraint string
}

func (k Key) String() string {
	text := string(k.Sort) + ` "` + k.Address + `"`
	if k.Constraint != "" {
		text += " (" + k.Constraint + ")"
	}
	return text
}

func (k Key) compare(other Key) int {
	return cmp.Or(strings.Compare(string(k.Sort), string(other.Sort)), strings.Compare(k.Address, other.Address), strings.Compare(k.Constraint, other.Constraint))
}

// Entry says what exactly is meant by a path or address.
type Entry struct {
	Key
	Version  string // of a module, that fits the constraint
	Revision string // the server's name of the content: a commit, a digest, an ETag
	// SHA256 is that of the content of a file, or of names and contents of a folder; of
	// something fetched, that of all that is fetched.
	SHA256  string
	Size    int64 // of all files
	Details []Detail

	Range hcl.Range // of the block's header; zero if it is not from a file
	// DigestRange is that of the argument sha256.
	DigestRange hcl.Range
}

// Detail is something to know of a payload, such as the number of its article. A value is
// one line.
type Detail struct {
	Name   string
	Values []string // at least one
}

// longest is the most characters of a value.
const longest = 300

// NewDetail returns a detail of texts that others have written: each becomes one line that
// can be shown. Empty ones are left out; false if none is left.
func NewDetail(name string, values ...string) (Detail, bool) {
	d := Detail{Name: name}
	for _, text := range values {
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || r == utf8.RuneError {
				return ' '
			}
			return r
		}, text)
		if text = norm.NFC.String(strings.Join(strings.Fields(text), " ")); utf8.RuneCountInString(text) > longest {
			text = string([]rune(text)[:longest-1]) + "…"
		}
		if text != "" && !slices.Contains(d.Values, text) {
			d.Values = append(d.Values, text)
		}
	}
	return d, len(d.Values) > 0
}

// Detail returns the values of a detail; nil if the entry does not have it.
func (e *Entry) Detail(name string) []string {
	for _, d := range e.Details {
		if d.Name == name {
			return d.Values
		}
	}
	return nil
}

// File is what a lock file says. The entries are sorted by their keys, each of which is
// there once.
type File struct {
	Entries []*Entry
}

func (f *File) at(k Key) (int, bool) {
	return slices.BinarySearchFunc(f.Entries, k, func(e *Entry, k Key) int { return e.Key.compare(k) })
}

// Find returns the entry of a key; nil if there is none.
func (f *File) Find(k Key) *Entry {
	if i, there := f.at(k); there {
		return f.Entries[i]
	}
	return nil
}

// Set puts an entry into the file, in place of that of the same key.
func (f *File) Set(e *Entry) {
	i, there := f.at(e.Key)
	if there {
		f.Entries[i] = e
		return
	}
	f.Entries = slices.Insert(f.Entries, i, e)
}

// Remove takes the entry of a key out of the file.
func (f *File) Remove(k Key) {
	if i, there := f.at(k); there {
		f.Entries = slices.Delete(f.Entries, i, i+1)
	}
}
