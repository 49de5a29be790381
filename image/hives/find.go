package hives

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

// maxLinks is how many symbolic links one path may lead through, so that a circle of
// links ends.
const maxLinks = 16

// linkValue is the value that holds the target of a symbolic link
// ([MS-RRP] §3.1.1.11).
const linkValue = "SymbolicLinkValue"

// position is how far a path exists.
type position struct {
	hive *loaded
	key  *hive.Key // the last key that exists
	rest []string  // names after it that do not exist
}

// find returns the key at a path, for reading.
func (r *Registry) find(key string) (*hive.Key, error) {
	path, err := image.ParseKey(key)
	if err != nil {
		return nil, err
	}
	at, err := r.walk(path, true)
	if err != nil {
		return nil, keyError(key, err)
	}
	if at.rest != nil {
		return nil, keyError(key, fs.ErrNotExist)
	}
	return at.key, nil
}

// change follows a path as far as it exists, for a change.
func (r *Registry) change(key string, follow bool) (position, error) {
	if !r.opts.Write {
		return position{}, keyError(key, image.ErrReadOnly)
	}
	r.opts.Memo.Changed(image.CanRegistry)
	return r.reach(key, follow)
}

// reach follows a path as far as it exists, in a hive that may be changed.
func (r *Registry) reach(key string, follow bool) (position, error) {
	path, err := image.ParseKey(key)
	if err != nil {
		return position{}, err
	}
	l, err := r.load(path.Hive)
	if err != nil {
		return position{}, keyError(key, err)
	}
	if err := r.writable(l); err != nil { // its error is clearer than that of walk
		return position{}, err
	}
	at, err := r.walk(path, follow)
	if err != nil {
		return position{}, keyError(key, err)
	}
	return at, r.writable(at.hive) // a link may lead into another one
}

// create returns the key at a path, and creates it if it does not exist.
func (r *Registry) create(key string) (position, error) {
	at, err := r.change(key, true)
	if err != nil {
		return at, noHive(key, err)
	}
	for _, name := range at.rest {
		// The backslash makes slashes in the name part of the name.
		if at.key, err = at.key.CreateSubkey(`\`+name, r.clock()); err != nil {
			return at, keyError(key, err)
		}
		at.hive.changed = true
	}
	at.rest = nil
	return at, nil
}

var errNoHive = errors.New("the image does not have it")

// noHive turns the error for a missing hive into one that is not fs.ErrNotExist: unlike
// a missing key, a missing hive can't be created by writing.
func noHive(key string, err error) error {
	if missing, ok := errors.AsType[*missingHive](err); ok {
		return fmt.Errorf("registry key %q: %w", key, hiveError(missing.Hive, errNoHive))
	}
	return err
}

// walk follows a path as far as its keys exist. With follow it also follows a
// symbolic link at the very end.
func (r *Registry) walk(path image.KeyPath, follow bool) (position, error) {
	for range maxLinks {
		at, link, err := r.step(path, follow)
		if err != nil || link == nil {
			return at, err
		}
		path = *link
	}
	return position{}, fmt.Errorf("leads through more than %d symbolic links", maxLinks)
}

// step follows a path to its end or the first link, and returns the link's target
// with the rest of the path.
func (r *Registry) step(path image.KeyPath, follow bool) (position, *image.KeyPath, error) {
	l, err := r.load(path.Hive)
	if err != nil {
		return position{}, nil, err
	}
	names := path.Names
	if isCurrent(path) {
		current, err := l.controlSet()
		if err != nil {
			return position{}, nil, err
		}
		names = append([]string{current}, names[1:]...)
	}
	k := l.tree.Root()
	for i, name := range names {
		sub, err := subkey(k, name)
		if errors.Is(err, fs.ErrNotExist) {
			return position{l, k, names[i:]}, nil, nil
		}
		if err != nil {
			return position{}, nil, err
		}
		k = sub
		if k.Flags()&hive.FlagSymLink != 0 && (follow || i < len(names)-1) {
			link, err := target(k, names[i+1:])
			return position{}, link, err
		}
	}
	return position{l, k, nil}, nil, nil
}

// subkey returns the subkey with a name, or the only one whose name is equivalent in
// Unicode.
func subkey(k *hive.Key, name string) (*hive.Key, error) {
	return named(k, name, k.Subkey, func(yield func(string) bool) {
		subkeys, _ := k.Subkeys() // all of them, or Subkey would have reported the damage
		for _, sub := range subkeys {
			if !yield(sub.Name()) {
				return
			}
		}
	})
}

// value returns the value with a name, or the only one whose name is equivalent in
// Unicode.
func value(k *hive.Key, name string) (hive.Value, error) {
	return named(k, name, k.Value, func(yield func(string) bool) {
		values, _ := k.Values()
		for _, v := range values {
			if !yield(v.Name) {
				return
			}
		}
	})
}

// named gets the item with a name, or with the only one of names that is equivalent in
// Unicode.
func named[T any](k *hive.Key, name string, get func(string) (T, error), names iter.Seq[string]) (T, error) {
	found, err := get(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	switch other, ambiguous := image.Equivalent(name, "the key", names); {
	case ambiguous != nil:
		return found, ambiguous
	case other != "":
		return get(other)
	}
	return found, err
}

// target returns the target of a symbolic link with the names after the link.
func target(link *hive.Key, rest []string) (*image.KeyPath, error) {
	v, err := link.Value(linkValue)
	if err != nil {
		return nil, fmt.Errorf("symbolic link %q: %w", link.Path(), err)
	}
	text := hive.DecodeString(v.Data)
	short := text
	for object, root := range map[string]string{`\REGISTRY\MACHINE\`: `HKLM\`, `\REGISTRY\USER\`: `HKU\`} {
		if len(text) > len(object) && strings.EqualFold(text[:len(object)], object) {
			short = root + text[len(object):]
		}
	}
	path, err := image.ParseKey(short)
	if err != nil {
		return nil, fmt.Errorf("symbolic link %q leads to %q, which is not in the image's hives", link.Path(), text)
	}
	path.Names = append(path.Names[:len(path.Names):len(path.Names)], rest...)
	return &path, nil
}

// isCurrent reports whether a path leads into the current control set.
func isCurrent(path image.KeyPath) bool {
	return path.Hive.Name == "SYSTEM" && len(path.Names) > 0 && strings.EqualFold(path.Names[0], "CurrentControlSet")
}

// controlSet is the name of the key that a running Windows shows as
// CurrentControlSet.
func (l *loaded) controlSet() (string, error) {
	const what = `Select\Current, which names the current control set`
	sel, err := l.tree.Root().Subkey("Select")
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("hive %s has no %s", l.Name, what)
	}
	if err != nil {
		return "", err
	}
	v, err := sel.Value("Current")
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("hive %s has no %s", l.Name, what)
	}
	if err != nil {
		return "", err
	}
	n, err := v.Uint32()
	if err != nil || n > 999 {
		return "", fmt.Errorf("hive %s: %s, is not a number from 0 to 999", l.Name, what)
	}
	return fmt.Sprintf("ControlSet%03d", n), nil
}
