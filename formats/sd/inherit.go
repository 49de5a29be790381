package sd

import "bytes"

// Well-known SIDs ([MS-DTYP] §2.4.2.4).
const (
	creatorOwner   = "\x01\x01\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00"
	creatorGroup   = "\x01\x01\x00\x00\x00\x00\x00\x03\x01\x00\x00\x00"
	localSystem    = "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"
	administrators = "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"
)

// Rights of files, and what the generic rights stand for ([MS-DTYP] §2.4.3,
// [MS-SMB2] §2.2.13.1).
const (
	fileAll = 0x1f01ff

	genericAll     = 0x10000000
	genericExecute = 0x20000000
	genericWrite   = 0x40000000
	genericRead    = 0x80000000
	genericRights  = genericAll | genericExecute | genericWrite | genericRead

	fileRead    = 0x120089
	fileWrite   = 0x120116
	fileExecute = 0x1200a0
)

// Inherit returns the self-relative descriptor that a new file, or a new folder
// if container is set, gets in the folder with the descriptor parent
// ([MS-DTYP] §2.5.3.4). Owner and group are those of the folder. Where the
// folder has nothing to inherit, the new file is open to the system and to
// administrators, as are files these create on a running Windows.
func Inherit(parent []byte, container bool) ([]byte, error) {
	p, err := Parse(parent)
	if err != nil {
		return nil, err
	}
	child := &Descriptor{
		Control: DACLPresent | DACLAutoInherited,
		Owner:   p.Owner,
		Group:   p.Group,
		DACL:    p.inherit(p.DACL, container),
	}
	if child.DACL == nil {
		child.DACL = &ACL{Revision: 2, ACEs: []ACE{
			{Type: AccessAllowed, Mask: fileAll, SID: SID(localSystem)},
			{Type: AccessAllowed, Mask: fileAll, SID: SID(administrators)},
		}}
	}
	if child.SACL = p.inherit(p.SACL, container); child.SACL != nil {
		child.Control |= SACLPresent | SACLAutoInherited
	}
	return child.Bytes()
}

// inherit returns what of a folder's list goes over to a new file or folder,
// nil if nothing does.
func (d *Descriptor) inherit(list *ACL, container bool) *ACL {
	if list == nil {
		return nil
	}
	child := &ACL{Revision: list.Revision}
	for _, a := range list.ACEs {
		if a.object != nil && le.Uint32(a.object)&2 != 0 {
			continue // inherited by one type of directory object, never a file
		}
		if container {
			child.ACEs = append(child.ACEs, d.toContainer(a)...)
		} else if a.Flags&ObjectInherit != 0 {
			child.ACEs = append(child.ACEs, d.effective(a)...)
		}
	}
	if len(child.ACEs) == 0 {
		return nil
	}
	return child
}

const inheritance = ObjectInherit | ContainerInherit | NoPropagate | InheritOnly

// effective returns the entry as it applies to the new file or folder: none if
// it is for a creator there is not.
func (d *Descriptor) effective(a ACE) []ACE {
	a.Flags = a.Flags&^inheritance | Inherited
	a.Mask = mapGeneric(a.Mask)
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

// toContainer returns what a new folder gets of an entry: what applies to it,
// and what it only hands down. One entry does for both unless the creator or
// generic rights stand in it, which each file below must get in its own way.
func (d *Descriptor) toContainer(a ACE) []ACE {
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
		return d.effective(a)
	}
	own := d.effective(a)
	if len(own) == 1 && own[0].Mask == a.Mask && bytes.Equal(own[0].SID, a.SID) {
		own[0].Flags = a.Flags&^InheritOnly | Inherited
		return own
	}
	return append(own, below)
}

// mapGeneric replaces generic rights by those of files.
func mapGeneric(mask uint32) uint32 {
	for _, g := range []struct{ generic, rights uint32 }{
		{genericAll, fileAll}, {genericRead, fileRead}, {genericWrite, fileWrite}, {genericExecute, fileExecute},
	} {
		if mask&g.generic != 0 {
			mask |= g.rights
		}
	}
	return mask &^ genericRights
}
