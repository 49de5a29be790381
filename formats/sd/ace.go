package sd

import (
	"bytes"
	"fmt"
)

// ACEType is the type of an entry ([MS-DTYP] §2.4.4.1).
type ACEType byte

// Types of entries.
const (
	AccessAllowed  ACEType = 0x00
	AccessDenied   ACEType = 0x01
	SystemAudit    ACEType = 0x02
	MandatoryLabel ACEType = 0x11
)

// object reports whether entries of this type may hold GUIDs before the SID.
func (t ACEType) object() bool {
	switch t {
	case 0x05, 0x06, 0x07, 0x08, 0x0b, 0x0c, 0x0f, 0x10:
		return true
	}
	return false
}

// ACEFlags say how an entry is inherited ([MS-DTYP] §2.4.4.1).
type ACEFlags byte

// Flags of entries.
const (
	ObjectInherit    ACEFlags = 0x01
	ContainerInherit ACEFlags = 0x02
	NoPropagate      ACEFlags = 0x04
	InheritOnly      ACEFlags = 0x08
	Inherited        ACEFlags = 0x10
)

// ACE is an entry of an access control list.
type ACE struct {
	Type  ACEType
	Flags ACEFlags
	Mask  uint32
	SID   SID
	Tail  []byte // what follows the SID: a condition, a resource attribute

	object []byte // flags and GUIDs between the mask and the SID of an object entry
}

const aceHeaderSize = 8 // with the mask

// parseACE decodes the entry that b begins with, and returns its size.
func parseACE(b []byte) (ACE, int, error) {
	if len(b) < aceHeaderSize {
		return ACE{}, 0, fmt.Errorf("%w: an entry is cut off", ErrCorrupt)
	}
	size := int(le.Uint16(b[2:]))
	if size < aceHeaderSize || size > len(b) {
		return ACE{}, 0, fmt.Errorf("%w: an entry of %d bytes in %d", ErrCorrupt, size, len(b))
	}
	a := ACE{Type: ACEType(b[0]), Flags: ACEFlags(b[1]), Mask: le.Uint32(b[4:])}
	rest := b[aceHeaderSize:size:size]
	if a.Type.object() {
		n := 4
		if len(rest) < n {
			return ACE{}, 0, fmt.Errorf("%w: an object entry is cut off", ErrCorrupt)
		}
		for _, present := range []uint32{1, 2} { // [MS-DTYP] §2.4.4.3
			if le.Uint32(rest)&present != 0 {
				n += 16
			}
		}
		if len(rest) < n {
			return ACE{}, 0, fmt.Errorf("%w: an object entry is cut off", ErrCorrupt)
		}
		a.object, rest = rest[:n], rest[n:]
	}
	var err error
	if a.SID, err = sid(rest); err != nil {
		return ACE{}, 0, err
	}
	a.Tail = rest[len(a.SID):]
	return a, size, nil
}

func (a ACE) equal(b ACE) bool { return bytes.Equal(a.append(nil), b.append(nil)) }

func (a ACE) append(b []byte) []byte {
	at := len(b)
	b = append(b, byte(a.Type), byte(a.Flags), 0, 0)
	b = le.AppendUint32(b, a.Mask)
	b = append(append(append(b, a.object...), a.SID...), a.Tail...)
	for (len(b)-at)%4 != 0 {
		b = append(b, 0)
	}
	le.PutUint16(b[at+2:], uint16(len(b)-at))
	return b
}
