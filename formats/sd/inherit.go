package sd

import (
	"bytes"
	"slices"
)

// Well-known SIDs ([MS-DTYP] §2.4.2.4).
const (
	creatorOwner   = "\x01\x01\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00"
	creatorGroup   = "\x01\x01\x00\x00\x00\x00\x00\x03\x01\x00\x00\x00"
	localSystem    = "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"
	administrators = "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"
)

// Generic rights ([MS-DTYP] §2.4.3).
const (
	genericAll     = 0x10000000
	genericExecute = 0x20000000
	genericWrite   = 0x40000000
	genericRead    = 0x80000000
	genericRights  = genericAll | genericExecute | genericWrite | genericRead
)

// Kind is what a descriptor is for.
type Kind int

// What a descriptor can be for.
const (
	File Kind = iota
	Folder
	Key // of the registry
)

// container reports whether something can be made in what is of this kind.
func (k Kind) container() bool { return k != File }

// rights are what the generic rights stand for.
type rights struct{ all, read, write, execute uint32 }

// rights returns those of files and folders ([MS-SMB2] §2.2.13.1) or of keys
// ([MS-RRP] §2.2.3).
func (k Kind) rights() rights {
	if k == Key {
		return rights{all: 0xf003f, read: 0x20019, write: 0x20006, execute: 0x20019}
	}
	return rights{all: 0x1f01ff, read: 0x120089, write: 0x120116, execute: 0x1200a0}
}

// Inherit returns the self-relative descriptor that something new gets in the
// folder, or below the key, with the descriptor parent ([MS-DTYP] §2.5.3.4). Owner
// and group are those of the parent. Where that has nothing to inherit, what is new
// is open to the system and to administrators, as is what these create on a running
// Windows.
func Inherit(parent []byte, kind Kind) ([]byte, error) {
	p, err := Parse(parent)
	if err != nil {
		return nil, err
	}
	child := &Descriptor{
		Control: DACLPresent | p.marks(kind, DACLAutoInherited),
		Owner:   p.Owner,
		Group:   p.Group,
		DACL:    p.inherit(p.DACL, kind, DACLAutoInherited),
	}
	if child.DACL == nil {
		child.DACL = &ACL{Revision: 2, ACEs: []ACE{
			{Type: AccessAllowed, Mask: kind.rights().all, SID: SID(localSystem)},
			{Type: AccessAllowed, Mask: kind.rights().all, SID: SID(administrators)},
		}}
	}
	if child.SACL = p.inherit(p.SACL, kind, SACLAutoInherited); child.SACL != nil {
		child.Control |= SACLPresent | p.marks(kind, SACLAutoInherited)
	} else if kind == Key {
		child.Control |= p.Control & SACLAutoInherited
	}
	return child.Bytes()
}

// marks returns the control flag auto if what is inherited is marked as that. In
// folders it always is. Below a key it is if the key's own list is one of that kind,
// as in all hives that Windows has written.
func (d *Descriptor) marks(kind Kind, auto Control) Control {
	if kind == Key {
		return d.Control & auto
	}
	return auto
}

// inherit returns what of a list goes over to something new, nil if nothing does.
// auto is the control flag of such a list.
func (d *Descriptor) inherit(list *ACL, kind Kind, auto Control) *ACL {
	if list == nil {
		return nil
	}
	child := &ACL{Revision: list.Revision}
	for _, a := range list.ACEs {
		if a.object != nil && le.Uint32(a.object)&2 != 0 {
			continue // inherited by one type of directory object, and no other
		}
		var entries []ACE
		if kind.container() {
			entries = d.toContainer(a, kind)
		} else if a.Flags&ObjectInherit != 0 {
			entries = d.effective(a, kind)
		}
		for _, e := range entries {
			if !slices.ContainsFunc(child.ACEs, e.equal) { // the creator may have an entry already
				child.ACEs = append(child.ACEs, e)
			}
		}
	}
	if d.marks(kind, auto) == 0 {
		for i := range child.ACEs {
			child.ACEs[i].Flags &^= Inherited
		}
	}
	if len(child.ACEs) == 0 {
		return nil
	}
	return child
}

const inheritance = ObjectInherit | ContainerInherit | NoPropagate | InheritOnly

// effective returns the entry as it applies to what is new: none if it is for a
// creator there is not.
func (d *Descriptor) effective(a ACE, kind Kind) []ACE {
	a.Flags = a.Flags&^inheritance | Inherited
	a.Mask = kind.mapGeneric(a.Mask)
	switch string(a.SID) {
	case creatorOwner:
		a.SID = d.Owner
	case creatorGroup:
		a.SID = d.Group
	}
	if a.SID == nil {
		return nil
	}
	return []ACE{a}
}

// toContainer returns what a new folder or key gets of an entry: what applies to
// it, and what it only hands down. One entry does for both unless the creator or
// generic rights stand in it, which each one below must get in its own way.
func (d *Descriptor) toContainer(a ACE, kind Kind) []ACE {
	applies := a.Flags&ContainerInherit != 0
	handsDown := a.Flags&NoPropagate == 0 && a.Flags&(ObjectInherit|ContainerInherit) != 0
	below := a
	below.Flags = a.Flags | Inherited | InheritOnly
	switch {
	case !applies && !handsDown:
		return nil
	case !applies:
		return []ACE{below}
	case !handsDown:
		return d.effective(a, kind)
	}
	own := d.effective(a, kind)
	if len(own) == 1 && own[0].Mask == a.Mask && bytes.Equal(own[0].SID, a.SID) {
		own[0].Flags = a.Flags&^InheritOnly | Inherited
		return own
	}
	return append(own, below)
}

// mapGeneric replaces generic rights by those they stand for.
func (k Kind) mapGeneric(mask uint32) uint32 {
	r := k.rights()
	for _, g := range []struct{ generic, rights uint32 }{
		{genericAll, r.all}, {genericRead, r.read}, {genericWrite, r.write}, {genericExecute, r.execute},
	} {
		if mask&g.generic != 0 {
			mask |= g.rights
		}
	}
	return mask &^ genericRights
}
