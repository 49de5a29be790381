package hive

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Limits of names and data, as in Windows.
const (
	MaxKeyName   = 255     // UTF-16 code units
	MaxValueName = 16383   // UTF-16 code units
	MaxClass     = 32767   // UTF-16 code units
	MaxData      = 1 << 30 // bytes, from format version 1.4 on; 1 MiB before
	maxDataOld   = 1 << 20
)

// change readies a key for an edit that happens at a time.
func (k *Key) change(at nt.Time) error {
	for a := k; a != nil; a = a.parent {
		if a.removed {
			return fmt.Errorf("key %q was deleted: %w", k.Path(), ErrNotExist)
		}
	}
	k.written = at
	return nil
}

// CreateSubkey returns the key at a path below this one (see [SplitPath]),
// creating what is missing of it. A new key has the security descriptor of the
// one above.
func (k *Key) CreateSubkey(path string, at nt.Time) (*Key, error) {
	for _, name := range SplitPath(path) {
		sub, err := k.create(name, at)
		if err != nil {
			return nil, err
		}
		k = sub
	}
	return k, nil
}

func (k *Key) create(name string, at nt.Time) (*Key, error) {
	err := k.needSubkeys()
	i, ok := k.search(name)
	if ok {
		return k.subkeys[i], nil
	}
	if err != nil {
		return nil, err // it may be there
	}
	if _, err := k.Security(); err != nil {
		return nil, err
	}
	if err := checkName(name, MaxKeyName); err != nil {
		return nil, fmt.Errorf("new key in %q: %w", k.Path(), err)
	}
	if k.depth+1 >= MaxDepth {
		return nil, fmt.Errorf("%w: key %q is nested %d deep already", ErrInvalid, k.Path(), k.depth)
	}
	if err := k.change(at); err != nil {
		return nil, err
	}
	sub := &Key{hive: k.hive, parent: k, name: name, cell: noCell, depth: k.depth + 1, written: at, security: k.security}
	k.subkeys = slices.Insert(k.subkeys, i, sub)
	return sub, nil
}

// checkName refuses what the registry can't hold as the name of a key.
func checkName(name string, limit int) error {
	switch n := nt.UTF16Len(name); {
	case n == 0 || n > limit:
		return fmt.Errorf("%w: name %.40q has %d characters (1 to %d are allowed)", ErrInvalid, name, n, limit)
	case strings.Contains(name, `\`):
		return fmt.Errorf("%w: name %q holds a backslash", ErrInvalid, name)
	}
	return nil
}

// DeleteSubkey removes the key of that name right below with all it holds. A
// missing one is an [ErrNotExist].
func (k *Key) DeleteSubkey(name string, at nt.Time) error {
	sub, err := k.Subkey(name)
	if err != nil {
		return err
	}
	if err := k.change(at); err != nil {
		return err
	}
	sub.removed = true
	i, _ := k.search(name)
	k.subkeys = slices.Delete(k.subkeys, i, i+1)
	return nil
}

// Set sets a value; "" and "(Default)" are the default value. A new value
// comes after the others. The data is copied.
func (k *Key) Set(name string, t ValueType, data []byte, at nt.Time) error {
	_, err := k.Values()
	name = canonical(name)
	i := k.findValue(name)
	if i < 0 && err != nil {
		return err // it may be there
	}
	if n := nt.UTF16Len(name); n > MaxValueName {
		return fmt.Errorf("%w: value name %.40q… has %d characters (%d are allowed)", ErrInvalid, name, n, MaxValueName)
	}
	if limit := k.hive.maxData(); len(data) > limit {
		return fmt.Errorf("%w: value %q has %d bytes (%d are allowed)", ErrInvalid, name, len(data), limit)
	}
	if k.flags&FlagPredefHandle != 0 {
		return fmt.Errorf("%w: key %q is a predefined handle and has no values", ErrInvalid, k.Path())
	}
	if err := k.change(at); err != nil {
		return err
	}
	v := Value{Name: name, Type: t, Data: bytes.Clone(data)}
	if i < 0 {
		k.values = append(k.values, v)
		return nil
	}
	v.Name = k.values[i].Name
	k.values = slices.Clone(k.values) // a caller may hold the old ones
	k.values[i] = v
	return nil
}

func (h *Hive) maxData() int {
	if h.Minor() > 3 {
		return MaxData
	}
	return maxDataOld
}

// DeleteValue removes a value. A missing one is an [ErrNotExist].
func (k *Key) DeleteValue(name string, at nt.Time) error {
	_, err := k.Values()
	i := k.findValue(name)
	if i < 0 {
		if err != nil {
			return err
		}
		return fmt.Errorf("value %q of key %q: %w", name, k.Path(), ErrNotExist)
	}
	if err := k.change(at); err != nil {
		return err
	}
	k.values = slices.Concat(k.values[:i], k.values[i+1:])
	return nil
}

// SetClass sets the key's class name; an empty one removes it.
func (k *Key) SetClass(class string, at nt.Time) error {
	if n := nt.UTF16Len(class); n > MaxClass {
		return fmt.Errorf("%w: class name of %d characters (%d are allowed)", ErrInvalid, n, MaxClass)
	}
	if err := k.change(at); err != nil {
		return err
	}
	k.loaded |= loadedClass
	k.class, k.classFault = nt.AppendUTF16(nil, class), nil
	return nil
}

// SetSecurity sets the key's security descriptor, which must be self-relative
// ([MS-DTYP] §2.4.6). Keys below keep theirs.
func (k *Key) SetSecurity(sd []byte, at nt.Time) error {
	if len(sd) < 20 || sd[0] != 1 || le.Uint16(sd[2:])&0x8000 == 0 {
		return fmt.Errorf("%w: not a self-relative security descriptor", ErrInvalid)
	}
	if err := k.change(at); err != nil {
		return err
	}
	k.loaded |= loadedSecurity
	k.security, k.securityFault = &descriptor{bytes.Clone(sd)}, nil
	return nil
}

// SetFlags sets the flags that belong to the key: the symbolic link and
// virtualization flags. Others are left as they are.
func (k *Key) SetFlags(flags Flags, at nt.Time) error {
	const own = FlagSymLink | FlagVirtualSource | FlagVirtualTarget | FlagVirtualStore
	if err := k.change(at); err != nil {
		return err
	}
	k.flags = k.flags&^own | flags&own
	return nil
}
