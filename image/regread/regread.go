// Package regread reads registry keys of an image as records of typed fields.
//
// It is for keys that Windows or other programs wrote. A missing field is empty. A
// field that can't be read or has another type is empty, too, and adds a note. So one
// damaged key costs one note, not the whole list. [Reader.Key] reads a key; the methods
// of [Key] read its fields.
package regread

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Reader reads keys and keeps the notes. It is for one goroutine.
type Reader struct {
	registry image.Registry
	notes    []string
	noted    map[string]bool
}

// NewReader returns a reader of the image's registry.
func NewReader(s image.Session) (*Reader, error) {
	registry, ok := image.As[image.Registry](s)
	if !ok {
		return nil, fmt.Errorf("the image gives no access to its %s", image.CanRegistry)
	}
	return &Reader{registry: registry, noted: map[string]bool{}}, nil
}

// Notes returns what could not be read so far, each once.
func (r *Reader) Notes() []string { return r.notes }

// Note adds a note, once.
func (r *Reader) Note(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !r.noted[note] {
		r.noted[note] = true
		r.notes = append(r.notes, note)
	}
}

// Subkeys lists the names of a key's subkeys, none if the key does not exist. If some
// can't be read it returns the others; it fails if none can.
func (r *Reader) Subkeys(key string) ([]string, error) {
	names, err := r.registry.Subkeys(key)
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return names, nil
	case len(names) == 0:
		return nil, err
	}
	r.Note("%v", err)
	return names, nil
}

// Below is Subkeys for the key of one item in a list: if no subkey can be read, it adds
// a note instead of failing.
func (r *Reader) Below(key string) []string {
	names, err := r.Subkeys(key)
	if err != nil {
		r.Note("%v", err)
	}
	return names
}

// Key is a key with its values.
type Key struct {
	Path   string
	Values []image.Value  // those that can be read
	index  map[string]int // position by upper-case name, if there are many values
	reader *Reader
}

// fewValues is the number of values up to which a search is as fast as an index.
const fewValues = 16

// Key reads a key; false if it is not there or can't be read at all.
func (r *Reader) Key(path string) (Key, bool) {
	values, err := r.registry.Values(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, false
	}
	if err != nil {
		r.Note("%v", err)
	}
	k := Key{Path: path, Values: values, reader: r}
	if len(values) > fewValues {
		k.index = make(map[string]int, len(values))
		for i, v := range slices.Backward(values) { // the first of equal names counts
			k.index[nt.Fold(v.Name)] = i
		}
	}
	return k, err == nil || len(values) > 0
}

// Has reports whether the key has a value of that name; "" is the default value.
func (k Key) Has(name string) bool {
	_, ok := k.find(name)
	return ok
}

func (k Key) find(name string) (hive.Value, bool) {
	i, ok := k.index[nt.Fold(name)]
	if k.index == nil {
		i = slices.IndexFunc(k.Values, func(v image.Value) bool { return nt.Equal(v.Name, name) })
		ok = i >= 0
	}
	if !ok {
		return hive.Value{}, false
	}
	v := k.Values[i]
	return v, true
}

// Text returns a string; empty if it is not there.
func (k Key) Text(name string) string {
	return field(k, name, hive.Value.Text)
}

// Texts returns a list of strings; nil if it is not there.
func (k Key) Texts(name string) []string {
	return field(k, name, hive.Value.MultiText)
}

// Number returns a 32-bit number; false if it is not there.
func (k Key) Number(name string) (uint32, bool) {
	n := field(k, name, func(v hive.Value) (*uint32, error) {
		n, err := v.Uint32()
		if err != nil {
			return nil, err
		}
		return &n, nil
	})
	if n == nil {
		return 0, false
	}
	return *n, true
}

// Bytes returns the data of a REG_BINARY value; nil if it is not there.
func (k Key) Bytes(name string) []byte {
	return field(k, name, func(v hive.Value) ([]byte, error) {
		if v.Type != hive.RegBinary {
			return nil, fmt.Errorf("value %q is %v, not %v", v.Name, v.Type, hive.RegBinary)
		}
		return v.Data, nil
	})
}

// field returns a value of the key as decode gives it.
func field[T any](k Key, name string, decode func(hive.Value) (T, error)) T {
	var none T
	v, ok := k.find(name)
	if !ok {
		return none
	}
	t, err := decode(v)
	if err != nil {
		k.reader.Note("registry key %q: %v", k.Path, err)
		return none
	}
	return t
}
