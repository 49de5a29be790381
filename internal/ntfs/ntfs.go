// Package ntfs makes folders keep, in tests, the metadata that NTFS keeps, by its rules:
// a new file inherits the descriptor of its folder, a list that is not protected gets the
// entries of the folder, and setting another owner needs a privilege. The metadata is in
// an extended attribute, which moves with a renamed file and stays for the next process.
package ntfs

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/formats/wim"
)

// FS are the calls of Windows on such files. It implements offline.NT and tree.Keeper of the emulated DISM.
type FS struct {
	// Restore: the process has SeRestorePrivilege enabled.
	Restore bool
}

// record is what is kept; zeros stand for what a new file has.
type record struct {
	Attributes uint32
	Created    time.Time
	Security   []byte
}

// What SetNamedSecurityInfo is to set ([MS-DTYP] §2.4.7).
const (
	setOwner     = 0x1
	setGroup     = 0x2
	setDACL      = 0x4
	setSACL      = 0x8
	protectsSACL = 0x40000000
	protectsDACL = 0x80000000
)

// ErrInvalidOwner is ERROR_INVALID_OWNER ("System Error Codes").
var ErrInvalidOwner = errors.New("this security ID may not be assigned as the owner of this object")

var (
	administrators = sd.SID("\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00")
	system         = sd.SID("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")
	users          = sd.SID("\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x21\x02\x00\x00")
)

// root is the descriptor of a volume's root as Windows formats it: users may read all.
func root() []byte {
	const flags = sd.ObjectInherit | sd.ContainerInherit
	d := sd.Descriptor{Control: sd.DACLPresent | sd.DACLProtected, Owner: system, Group: system, DACL: &sd.ACL{Revision: 2, ACEs: []sd.ACE{
		{Flags: flags, Mask: 0x1f01ff, SID: administrators},
		{Flags: flags, Mask: 0x1f01ff, SID: system},
		{Flags: flags, Mask: 0x1200a9, SID: users},
	}}}
	b, err := d.Bytes()
	if err != nil {
		panic(err)
	}
	return b
}

// Stat returns attributes and the time of creation. What is shown as irregular has the
// attribute of a reparse point, see package placeholders.
func (FS) Stat(path string, info fs.FileInfo) (attributes uint32, created time.Time, err error) {
	r, err := load(path)
	if attributes, created = r.Attributes, r.Created; attributes == 0 && !info.IsDir() {
		attributes = wim.AttrArchive
	}
	if attributes &^= wim.AttrNormal | wim.AttrDirectory; info.IsDir() {
		attributes |= wim.AttrDirectory
	}
	if info.Mode()&(fs.ModeIrregular|fs.ModeSymlink) != 0 {
		attributes |= wim.AttrReparse
	}
	if attributes == 0 {
		attributes = wim.AttrNormal
	}
	if created.IsZero() {
		created = info.ModTime()
	}
	return attributes, created.UTC(), err
}

// Security returns the descriptor.
func (f FS) Security(path string) ([]byte, error) {
	r, err := load(path)
	if err != nil || r.Security != nil {
		return r.Security, err
	}
	return f.inherited(path)
}

// inherited is the descriptor of a new file.
func (f FS) inherited(path string) ([]byte, error) {
	above := filepath.Dir(path)
	if above == path {
		return root(), nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	parent, err := f.Security(above)
	if err != nil {
		return nil, err
	}
	kind := sd.File
	if info.IsDir() {
		kind = sd.Folder
	}
	return sd.Inherit(parent, kind)
}

// SetSecurity sets parts of the descriptor.
func (f FS) SetSecurity(path string, what uint32, descriptor []byte) error {
	want, err := sd.Parse(descriptor)
	if err != nil {
		return err
	}
	was, err := f.Security(path)
	if err != nil {
		return err
	}
	d, err := sd.Parse(was)
	if err != nil {
		return err
	}
	if what&setOwner != 0 {
		if !f.Restore && string(want.Owner) != string(administrators) {
			return ErrInvalidOwner
		}
		d.Owner = want.Owner
	}
	if what&setGroup != 0 {
		d.Group = want.Group
	}
	above, err := f.inherited(path)
	if err != nil {
		return err
	}
	from, err := sd.Parse(above)
	if err != nil {
		return err
	}
	if what&setDACL != 0 {
		d.Control = d.Control&^(sd.DACLProtected|sd.DACLAutoInherited) | sd.DACLPresent
		d.DACL = merged(want.DACL, from.DACL, what&protectsDACL != 0)
		if what&protectsDACL != 0 {
			d.Control |= sd.DACLProtected | want.Control&sd.DACLAutoInherited
		} else {
			d.Control |= sd.DACLAutoInherited
		}
	}
	if what&setSACL != 0 {
		d.Control = d.Control&^(sd.SACLProtected|sd.SACLAutoInherited) | sd.SACLPresent
		d.SACL = merged(want.SACL, from.SACL, what&protectsSACL != 0)
		if what&protectsSACL != 0 {
			d.Control |= sd.SACLProtected | want.Control&sd.SACLAutoInherited
		} else {
			d.Control |= sd.SACLAutoInherited
		}
	}
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	return update(path, func(r *record) { r.Security = b })
}

// merged is a list with what the folder passes on in place of what was inherited, unless it
// is protected.
func merged(list, passed *sd.ACL, protected bool) *sd.ACL {
	if list == nil || protected {
		return list
	}
	all := &sd.ACL{Revision: list.Revision, ACEs: slices.Clone(list.ACEs)}
	all.ACEs = slices.DeleteFunc(all.ACEs, func(a sd.ACE) bool { return a.Flags&sd.Inherited != 0 })
	if passed != nil {
		all.ACEs = append(all.ACEs, passed.ACEs...)
	}
	return all
}

// SetBasic sets times and attributes.
func (FS) SetBasic(path string, _ *os.File, created, written time.Time, attributes uint32) error {
	if !written.IsZero() {
		if err := os.Chtimes(path, time.Time{}, written); err != nil {
			return err
		}
	}
	if created.IsZero() && attributes == 0 {
		return nil
	}
	return update(path, func(r *record) {
		if attributes != 0 {
			r.Attributes = attributes
		}
		if !created.IsZero() {
			r.Created = created
		}
	})
}

// Put has a file keep what an image has of it.
func (FS) Put(path string, node *wim.Node) error {
	return store(path, record{Attributes: node.Attributes &^ wim.AttrReparse, Created: node.Created.Time(), Security: node.Security})
}

// Get gives the node of an image what a file has.
func (f FS) Get(path string, node *wim.Node) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	attributes, created, err := f.Stat(path, info)
	if err != nil {
		return err
	}
	node.Attributes, node.Created = attributes|node.Attributes&wim.AttrReparse, nt.TimeOf(created)
	node.Security, err = f.Security(path)
	return err
}

func update(path string, change func(*record)) error {
	r, err := load(path)
	if err != nil {
		return err
	}
	change(&r)
	return store(path, r)
}

func decode(b []byte) (r record, err error) {
	err = json.Unmarshal(b, &r)
	return r, err
}

func store(path string, r record) error {
	b, err := json.Marshal(r)
	if err == nil {
		err = setAttribute(path, b)
	}
	return err
}
