package hive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Layout of a key node (regf "Key node").
const (
	nkFlags        = 2
	nkWritten      = 4
	nkAccess       = 12
	nkParent       = 16
	nkSubkeyCount  = 20
	nkSubkeyList   = 28
	nkVolatileList = 32
	nkValueCount   = 36
	nkValueList    = 40
	nkSecurity     = 44
	nkClass        = 48
	nkMaxSubkey    = 52
	nkControl      = 54 // virtualization and user flags, debug mask
	nkMaxClass     = 56
	nkMaxName      = 60
	nkMaxData      = 64
	nkNameLength   = 72
	nkClassLength  = 74
	nkHeader       = 76
)

// MaxDepth is how many levels of keys a hive can have, the root among them: what
// lies deeper Windows' own library does not load.
const MaxDepth = 511

// Flags of a key node.
type Flags uint16

// The flags of a key node (regf "Key node", "Flags").
const (
	FlagVolatile      Flags = 0x0001
	FlagHiveExit      Flags = 0x0002
	FlagHiveEntry     Flags = 0x0004
	FlagNoDelete      Flags = 0x0008
	FlagSymLink       Flags = 0x0010
	FlagCompName      Flags = 0x0020
	FlagPredefHandle  Flags = 0x0040
	FlagVirtualSource Flags = 0x0080
	FlagVirtualTarget Flags = 0x0100
	FlagVirtualStore  Flags = 0x0200
)

// What of a key was decoded.
const (
	loadedSubkeys = 1 << iota
	loadedValues
	loadedClass
	loadedSecurity
)

// A Key is one key of a hive.
type Key struct {
	hive    *Hive
	parent  *Key
	name    string
	cell    uint32 // where the key was read from; noCell if it was made
	flags   Flags
	control uint16
	depth   uint16
	loaded  uint8
	removed bool
	access  uint32
	written nt.Time

	subkeys  []*Key // sorted by [nt.Compare]
	values   valueList
	class    []byte
	security *descriptor

	// the first fault met in decoding each, if any
	subkeysFault, valuesFault, classFault, securityFault *Fault
}

// decode reads the key node at a cell, without what it refers to.
func (d *decoder) decode(k *Key, cell uint32) *Fault {
	nk, fault := d.bins.record(cell, "nk", nkHeader)
	if fault != nil {
		return fault
	}
	length := int(le.Uint16(nk[nkNameLength:]))
	switch {
	case length > len(nk)-nkHeader:
		return faultf(cell, "key name of %d bytes does not fit in the cell", length)
	case length > 2*(MaxKeyName+1):
		return faultf(cell, "key name of %d bytes is too long", length)
	}
	if fault := d.claim(cell, nkHeader+length); fault != nil {
		return fault
	}
	k.cell = cell
	k.flags = Flags(le.Uint16(nk[nkFlags:]))
	k.written = nt.Time(le.Uint64(nk[nkWritten:]))
	k.access = le.Uint32(nk[nkAccess:])
	k.control = le.Uint16(nk[nkControl:])
	if raw := nk[nkHeader : nkHeader+length]; k.flags&FlagCompName != 0 {
		k.name = decodeLatin1(raw)
	} else {
		k.name = nt.DecodeUTF16(raw)
	}
	return nil
}

// node returns the key node's bytes. It must have been decoded.
func (k *Key) node() []byte {
	nk, _ := k.hive.bins.cell(k.cell)
	return nk
}

// Name returns the key's name.
func (k *Key) Name() string { return k.name }

// Parent returns the key above, or nil for the root.
func (k *Key) Parent() *Key { return k.parent }

// Flags returns the flags of the key node.
func (k *Key) Flags() Flags { return k.flags }

// LastWritten returns when the key was last changed.
func (k *Key) LastWritten() nt.Time { return k.written }

// Path returns the names from below the root to the key, joined by
// backslashes; it is empty for the root.
func (k *Key) Path() string {
	var names []string
	for ; k.parent != nil; k = k.parent {
		names = append(names, k.name)
	}
	slices.Reverse(names)
	return strings.Join(names, `\`)
}

// Class returns the key's class name, empty for nearly all keys.
func (k *Key) Class() (string, error) {
	if k.hive.load(k, loadedClass) {
		k.hive.loadClass(k)
	}
	return nt.DecodeUTF16(k.class), k.classFault.err()
}

// load reports whether a part of the key is still to be decoded, and counts it
// as decoded from then on.
func (d *decoder) load(k *Key, part uint8) bool {
	if k.cell == noCell || k.loaded&part != 0 {
		return false
	}
	k.loaded |= part
	return true
}

func (d *decoder) loadClass(k *Key) {
	nk := k.node()
	length := int(le.Uint16(nk[nkClassLength:]))
	if length == 0 {
		return
	}
	cell := le.Uint32(nk[nkClass:])
	class, fault := d.bins.cell(cell)
	if fault == nil && length > len(class) {
		fault = faultf(cell, "class name of %d bytes does not fit in its cell of %d", length, len(class))
	}
	if fault == nil {
		fault = d.claimSpace(cell, length)
	}
	if fault != nil {
		k.classFault = d.report(k, fault)
		return
	}
	k.class = class[:length]
}

// Subkeys returns the keys below, in Windows' order. The slice is the caller's,
// so keys may be created and deleted while going through it. When some can't
// be read the others come with a [*Fault].
func (k *Key) Subkeys() ([]*Key, error) {
	err := k.hive.needSubkeys(k)
	return slices.Clone(k.subkeys), err
}

func (d *decoder) needSubkeys(k *Key) error {
	if d.load(k, loadedSubkeys) {
		d.loadSubkeys(k)
	}
	return k.subkeysFault.err()
}

// Subkey returns the key of that name right below, regardless of case. A
// missing one is an [ErrNotExist], unless damage may have hidden it.
func (k *Key) Subkey(name string) (*Key, error) {
	err := k.hive.needSubkeys(k)
	if i, ok := k.search(name); ok {
		return k.subkeys[i], nil
	}
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("key %q: %w", join(k.Path(), name), ErrNotExist)
}

// search finds where a subkey is or belongs.
func (k *Key) search(name string) (int, bool) {
	return slices.BinarySearchFunc(k.subkeys, name, func(sub *Key, name string) int {
		return nt.Compare(sub.name, name)
	})
}

// Lookup returns the key at a path below this one, as [SplitPath] takes it;
// the empty path is the key itself. Symbolic links are not followed.
func (k *Key) Lookup(path string) (*Key, error) {
	for _, name := range SplitPath(path) {
		sub, err := k.Subkey(name)
		if err != nil {
			return nil, err
		}
		k = sub
	}
	return k, nil
}

// SplitPath splits a path into key names. Names are separated by backslashes;
// a path that has none may have slashes instead. As key names can hold
// slashes ("text/html"), begin the path with a backslash if in doubt.
func SplitPath(path string) []string {
	separator := `\`
	if !strings.Contains(path, separator) {
		separator = "/"
	}
	names := strings.Split(path, separator)
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + `\` + name
}
