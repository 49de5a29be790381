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
	MaxKeyName   = 255                      // UTF-16 code units
	MaxValueName = 16383                    // UTF-16 code units
	MaxClass     = 32767                    // UTF-16 code units
	MaxData      = maxSegments * maxSegment // bytes, from format version 1.4 on
	maxDataOld   = maxCell - cellHeader     // bytes, before
	maxValues    = (maxCell - cellHeader) / 4
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
// creating what is missing of it. A new key inherits its security descriptor
// from the one above.
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
	err := k.hive.needSubkeys(k)
	i, ok := k.search(name)
	if ok {
		return k.subkeys[i], nil
	}
	if err != nil {
		return nil, err // it may be there
	}
	if err := k.CanCreate(name); err != nil {
		return nil, err
	}
	security, err := k.hive.inherited(k)
	if err != nil {
		return nil, err
	}
	if err := k.change(at); err != nil {
		return nil, err
	}
	sub := &Key{hive: k.hive, parent: k, name: name, cell: noCell, depth: k.depth + 1, written: at, security: security}
	k.subkeys = slices.Insert(k.subkeys, i, sub)
	return sub, nil
}

// CanCreate returns what [Key.CreateSubkey] would say to names that are not there,
// each below the one before.
func (k *Key) CanCreate(names ...string) error {
	for i, name := range names {
		if err := checkName(name, MaxKeyName); err != nil {
			return fmt.Errorf("new key in %q: %w", k.Path(), err)
		}
		if int(k.depth)+i+1 >= MaxDepth {
			return fmt.Errorf("%w: key %q would be nested %d deep, and Windows holds %d levels",
				ErrInvalid, name, int(k.depth)+i+2, MaxDepth)
		}
	}
	if len(names) == 0 {
		return nil
	}
	_, err := k.hive.inherited(k)
	return err
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
	err := k.hive.needValues(k)
	name = canonical(name)
	i := k.values.find(name)
	if i < 0 && err != nil {
		return err // it may be there
	}
	if i < 0 && k.values.count() >= maxValues {
		return fmt.Errorf("%w: key %q has %d values, and Windows holds no more", ErrInvalid, k.Path(), k.values.count())
	}
	if err := k.CanSet(name, len(data)); err != nil {
		return err
	}
	if err := k.change(at); err != nil {
		return err
	}
	v := Value{Name: name, Type: t, Data: bytes.Clone(data)}
	if i < 0 {
		k.values.add(v)
	} else {
		k.values.set(i, v)
	}
	return nil
}

// CanSet returns what [Key.Set] would say to a value of that many bytes, in this key
// or in one below it.
func (k *Key) CanSet(name string, size int) error {
	limit := MaxData
	if k.hive.Minor() <= 3 {
		limit = maxDataOld
	}
	switch n := nt.UTF16Len(name); {
	case n > MaxValueName:
		return fmt.Errorf("%w: value name %.40q… has %d characters (%d are allowed)", ErrInvalid, name, n, MaxValueName)
	case size > limit:
		return fmt.Errorf("%w: value %q has %d bytes; a hive of version 1.%d holds %d", ErrInvalid, name, size, k.hive.Minor(), limit)
	case k.flags&FlagPredefHandle != 0:
		return fmt.Errorf("%w: key %q is a predefined handle and has no values", ErrInvalid, k.Path())
	}
	return nil
}

// DeleteValue removes a value. A missing one is an [ErrNotExist].
func (k *Key) DeleteValue(name string, at nt.Time) error {
	err := k.hive.needValues(k)
	i := k.values.find(canonical(name))
	if i < 0 {
		if err != nil {
			return err
		}
		return fmt.Errorf("value %q of key %q: %w", name, k.Path(), ErrNotExist)
	}
	if err := k.change(at); err != nil {
		return err
	}
	k.values.delete(i)
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
