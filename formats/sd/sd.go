// Package sd reads security descriptors and computes those that new files
// inherit from their folder and new registry keys from the key above.
//
// Source: [MS-DTYP], "Windows Data Types": §2.4.2 SIDs, §2.4.4 ACEs, §2.4.5
// ACLs, §2.4.6 security descriptors, §2.5.3.4 inheritance.
package sd

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrCorrupt is the category of all errors of this package.
var ErrCorrupt = errors.New("corrupt security descriptor")

// Control is the control flags of a descriptor ([MS-DTYP] §2.4.6).
type Control uint16

// The control flags that matter here.
const (
	DACLPresent       Control = 0x0004
	SACLPresent       Control = 0x0010
	DACLAutoInherited Control = 0x0400
	SACLAutoInherited Control = 0x0800
	DACLProtected     Control = 0x1000
	SACLProtected     Control = 0x2000
	SelfRelative      Control = 0x8000
)

// Descriptor is a security descriptor.
type Descriptor struct {
	Control Control
	Owner   SID // nil: none
	Group   SID // nil: none
	SACL    *ACL
	DACL    *ACL // with DACLPresent, nil grants everybody everything
}

// ACL is an access control list ([MS-DTYP] §2.4.5).
type ACL struct {
	Revision byte
	ACEs     []ACE
}

// SID is a security identifier in its binary form ([MS-DTYP] §2.4.2.2).
type SID []byte

const (
	headerSize    = 20
	aclHeaderSize = 8
	sidHeaderSize = 8
)

var le = binary.LittleEndian

// Parse decodes a self-relative security descriptor. What it returns refers to b.
func Parse(b []byte) (*Descriptor, error) {
	if len(b) < headerSize {
		return nil, fmt.Errorf("%w: it has %d bytes, %d are needed", ErrCorrupt, len(b), headerSize)
	}
	d := &Descriptor{Control: Control(le.Uint16(b[2:]))}
	if b[0] != 1 || d.Control&SelfRelative == 0 {
		return nil, fmt.Errorf("%w: revision %d, control %#x: it is not self-relative", ErrCorrupt, b[0], uint16(d.Control))
	}
	var err error
	if d.Owner, err = sidAt(b, le.Uint32(b[4:])); err != nil {
		return nil, fmt.Errorf("owner: %w", err)
	}
	if d.Group, err = sidAt(b, le.Uint32(b[8:])); err != nil {
		return nil, fmt.Errorf("group: %w", err)
	}
	if d.Control&SACLPresent != 0 {
		if d.SACL, err = aclAt(b, le.Uint32(b[12:])); err != nil {
			return nil, fmt.Errorf("system access control list: %w", err)
		}
	}
	if d.Control&DACLPresent != 0 {
		if d.DACL, err = aclAt(b, le.Uint32(b[16:])); err != nil {
			return nil, fmt.Errorf("access control list: %w", err)
		}
	}
	return d, nil
}

// sidAt returns the SID at an offset; there is none at 0.
func sidAt(b []byte, off uint32) (SID, error) {
	if off == 0 {
		return nil, nil
	}
	if uint64(off) > uint64(len(b)) {
		return nil, fmt.Errorf("%w: it begins at %d of %d bytes", ErrCorrupt, off, len(b))
	}
	return sid(b[off:])
}

// sid returns the SID that b begins with.
func sid(b []byte) (SID, error) {
	if len(b) < sidHeaderSize || b[0] != 1 || b[1] > 15 {
		return nil, fmt.Errorf("%w: no security identifier in its place", ErrCorrupt)
	}
	n := sidHeaderSize + 4*int(b[1])
	if n > len(b) {
		return nil, fmt.Errorf("%w: a security identifier of %d bytes is cut off at %d", ErrCorrupt, n, len(b))
	}
	return SID(b[:n:n]), nil
}

// aclAt returns the list at an offset; there is none at 0.
func aclAt(b []byte, off uint32) (*ACL, error) {
	if off == 0 {
		return nil, nil
	}
	if uint64(off)+aclHeaderSize > uint64(len(b)) {
		return nil, fmt.Errorf("%w: it begins at %d of %d bytes", ErrCorrupt, off, len(b))
	}
	b = b[off:]
	size, count := int(le.Uint16(b[2:])), int(le.Uint16(b[4:]))
	if size < aclHeaderSize || size > len(b) {
		return nil, fmt.Errorf("%w: a list of %d bytes in %d", ErrCorrupt, size, len(b))
	}
	acl := &ACL{Revision: b[0]}
	rest := b[aclHeaderSize:size]
	for range count {
		ace, n, err := parseACE(rest)
		if err != nil {
			return nil, err
		}
		acl.ACEs = append(acl.ACEs, ace)
		rest = rest[n:]
	}
	return acl, nil
}

// Bytes encodes the descriptor in self-relative form: the lists, then owner and
// group. It fails only if a list gets longer than 65,535 bytes.
func (d *Descriptor) Bytes() ([]byte, error) {
	control := d.Control | SelfRelative
	b := make([]byte, headerSize)
	b[0] = 1
	for _, list := range []struct {
		acl *ACL
		at  int
	}{{d.SACL, 12}, {d.DACL, 16}} {
		if list.acl == nil {
			continue
		}
		le.PutUint32(b[list.at:], uint32(len(b)))
		var err error
		if b, err = list.acl.append(b); err != nil {
			return nil, err
		}
	}
	if d.Owner != nil {
		le.PutUint32(b[4:], uint32(len(b)))
		b = append(b, d.Owner...)
	}
	if d.Group != nil {
		le.PutUint32(b[8:], uint32(len(b)))
		b = append(b, d.Group...)
	}
	le.PutUint16(b[2:], uint16(control))
	return b, nil
}

func (a *ACL) append(b []byte) ([]byte, error) {
	at := len(b)
	b = append(b, a.Revision, 0, 0, 0, 0, 0, 0, 0)
	for _, ace := range a.ACEs {
		b = ace.append(b)
	}
	if len(b)-at > 1<<16-1 {
		return nil, fmt.Errorf("access control list of %d bytes: 65,535 are possible", len(b)-at)
	}
	le.PutUint16(b[at+2:], uint16(len(b)-at))
	le.PutUint16(b[at+4:], uint16(len(a.ACEs)))
	return b, nil
}
