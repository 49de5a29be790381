// Package hives implements [image.Registry] with the hive files in an image.
//
// [Open] reads nothing: a hive is read, and its transaction logs replayed, when a
// path first leads into it (load.go). find.go follows paths. Changes are made in
// memory; [Registry.Flush] writes each changed hive as a whole.
//
// The bytes that Flush writes depend only on the original hive, the changes and
// [Options].Clock, not on the number of flushes, nor on whether the hive was read again
// after one: the sequence number of the hive stays, and a change that changes nothing
// is ignored.
//
// HKLM/SYSTEM/CurrentControlSet, which exists only while Windows runs, is the
// control set that SYSTEM\Select\Current names. Symbolic links are followed as
// Windows does it.
package hives

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Options say how the hives may be used. The zero value opens them for reading.
type Options struct {
	Write      bool
	Clock      time.Time   // last-written time of every changed key
	AllowDirty []string    // hives, by [image.Hive].Name, that may be changed although they are dirty or damaged
	Memo       *image.Memo // the memo of the image's session; nil: none
}

// Registry is the registry of an image. It may be used by several goroutines.
type Registry struct {
	files image.Files
	opts  Options

	mu    sync.Mutex // hives decode while they are read
	hives map[string]*loaded
}

var _ image.Registry = (*Registry)(nil)

// loaded is a hive in memory.
type loaded struct {
	image.Hive
	tree    *hive.Hive
	changed bool // since it was read or flushed
	checked bool // for damage, before the first change
}

// Open returns the registry in the hive files of an image.
func Open(files image.Files, opts Options) *Registry {
	return &Registry{files: files, opts: opts, hives: map[string]*loaded{}}
}

// Subkeys implements [image.Registry].
func (r *Registry) Subkeys(key string) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, err := r.find(key)
	if err != nil {
		return nil, err
	}
	subkeys, err := k.Subkeys()
	if err != nil {
		err = keyError(key, err)
	}
	names := make([]string, len(subkeys))
	for i, sub := range subkeys {
		names[i] = sub.Name()
	}
	return names, err
}

// Values implements [image.Registry].
func (r *Registry) Values(key string) ([]image.Value, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, err := r.find(key)
	if err != nil {
		return nil, err
	}
	values, err := k.Values()
	if err != nil {
		err = keyError(key, err)
		values = slices.DeleteFunc(slices.Clone(values), func(v hive.Value) bool {
			_, fault := k.Value(v.Name)
			return fault != nil
		})
	}
	return slices.Clone(values), err
}

// Value implements [image.Registry].
func (r *Registry) Value(key, name string) (image.Value, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, err := r.find(key)
	if err != nil {
		return image.Value{}, err
	}
	v, err := value(k, name)
	if err != nil {
		return image.Value{}, valueError(key, name, err)
	}
	return v, nil
}

// Writable implements [image.Registry].
func (r *Registry) Writable(key string, values ...image.Value) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, err := r.reach(key, true)
	if err != nil {
		return noHive(key, err)
	}
	if err := at.key.CanCreate(at.rest...); err != nil {
		return keyError(key, err)
	}
	for _, v := range values {
		if err := at.key.CanSet(v.Name, len(v.Data)); err != nil {
			return keyError(key, err)
		}
	}
	return nil
}

// CreateKey implements [image.Registry].
func (r *Registry) CreateKey(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.create(key)
	return err
}

// SetValue implements [image.Registry].
func (r *Registry) SetValue(key string, v image.Value) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, err := r.create(key)
	if err != nil {
		return err
	}
	old, err := value(at.key, v.Name)
	if err == nil {
		v.Name = old.Name
	}
	if err == nil && old.Type == v.Type && bytes.Equal(old.Data, v.Data) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return valueError(key, v.Name, err)
	}
	if err := at.key.Set(v.Name, v.Type, v.Data, r.clock()); err != nil {
		return valueError(key, v.Name, err)
	}
	at.hive.changed = true
	return nil
}

// DeleteValue implements [image.Registry].
func (r *Registry) DeleteValue(key, name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, err := r.change(key, true)
	if err != nil {
		return err
	}
	if at.rest != nil {
		return keyError(key, fs.ErrNotExist)
	}
	v, err := value(at.key, name)
	if _, ambiguous := errors.AsType[*image.AmbiguousName](err); ambiguous {
		return valueError(key, name, err)
	}
	if err == nil {
		name = v.Name
	}
	if err := at.key.DeleteValue(name, r.clock()); err != nil {
		return valueError(key, name, err)
	}
	at.hive.changed = true
	return nil
}

// DeleteKey implements [image.Registry]. It deletes a symbolic link itself, not its
// target. A whole hive and the current control set can't be deleted.
func (r *Registry) DeleteKey(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	path, err := image.ParseKey(key)
	if err != nil {
		return err
	}
	if len(path.Names) == 0 || len(path.Names) == 1 && isCurrent(path) {
		return keyError(key, errors.New("a whole hive or control set can't be deleted"))
	}
	at, err := r.change(key, false)
	if err != nil {
		return err
	}
	if at.rest != nil {
		return keyError(key, fs.ErrNotExist)
	}
	if err := at.key.Parent().DeleteSubkey(at.key.Name(), r.clock()); err != nil {
		return keyError(key, err)
	}
	at.hive.changed = true
	return nil
}

// Dirty reports whether there are changes that were not flushed.
func (r *Registry) Dirty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.hives {
		if l.changed {
			return true
		}
	}
	return false
}

// Warnings returns what is wrong with the hives read so far, in the order of
// [image.Hives].
func (r *Registry) Warnings() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, h := range image.Hives() {
		if l := r.hives[h.Name]; l != nil {
			list = append(list, l.warnings()...)
		}
	}
	return list
}

func (l *loaded) warnings() []string {
	var list []string
	if why := l.tree.Dirty(); why != "" {
		list = append(list, fmt.Sprintf(
			"hive %s (%s) is dirty: %s; its last changes are not visible", l.Name, l.File, why))
	}
	if damage := l.damage(); len(damage) > 0 {
		list = append(list, fmt.Sprintf("hive %s (%s) is damaged in %d places; the first: %v", l.Name, l.File, len(damage), damage[0]))
	}
	return list
}

// damage lists the faults found so far that would lose data when the hive is written.
func (l *loaded) damage() []*hive.Fault {
	return slices.DeleteFunc(slices.Clone(l.tree.Warnings()), func(f *hive.Fault) bool { return f.Harmless })
}

func (r *Registry) clock() nt.Time { return nt.TimeOf(r.opts.Clock) }

func (r *Registry) allowed(h image.Hive) bool {
	return slices.ContainsFunc(r.opts.AllowDirty, func(name string) bool { return strings.EqualFold(name, h.Name) })
}

func keyError(key string, err error) error {
	return fmt.Errorf("registry key %q: %w", key, plain(err))
}

func valueError(key, name string, err error) error {
	return fmt.Errorf("registry key %q, value %q: %w", key, name, plain(err))
}

// plain removes the path inside the hive from an error: the message names it
// already.
func plain(err error) error {
	var missing *missingHive
	if errors.Is(err, fs.ErrNotExist) && !errors.As(err, &missing) {
		return fs.ErrNotExist
	}
	return err
}
