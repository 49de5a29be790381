package conformance

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/sd"
)

// SIDs of accounts ([MS-DTYP] §2.4.2.4; the SID of a service is computed from its name).
var (
	trustedInstaller = sid(5, 80, 956008885, 3418522649, 1831038044, 1853292631, 2271478464)
	system           = sid(5, 18)
	administrators   = sid(5, 32, 544)
	users            = sid(5, 32, 545)
	someone          = sid(5, 21, 1004336348, 1177238915, 682003330, 1001) // of another machine or domain
)

// Rights of files ([MS-DTYP] §2.4.3, [MS-SMB2] §2.2.13.1).
const (
	fullControl = 0x1f01ff
	readExecute = 0x1200a9
)

// Descriptors of files. The first one is that of files of Windows.
var (
	trusted = descriptor(trustedInstaller, sd.DACLProtected,
		allow(trustedInstaller, fullControl), allow(administrators, readExecute), allow(system, readExecute), allow(users, readExecute))
	foreign   = descriptor(someone, sd.DACLProtected, allow(someone, fullControl), allow(administrators, fullControl), allow(system, fullControl))
	protected = descriptor(administrators, sd.DACLProtected, allow(administrators, fullControl), allow(system, fullControl))
)

func sid(authority byte, parts ...uint32) sd.SID {
	s := sd.SID{1, byte(len(parts)), 0, 0, 0, 0, 0, authority}
	for _, p := range parts {
		s = binary.LittleEndian.AppendUint32(s, p)
	}
	return s
}

func allow(who sd.SID, mask uint32) sd.ACE {
	return sd.ACE{Type: sd.AccessAllowed, Mask: mask, SID: who}
}

// descriptor returns a self-relative descriptor. It panics if the list is too long.
func descriptor(owner sd.SID, control sd.Control, list ...sd.ACE) []byte {
	d := sd.Descriptor{Control: control | sd.DACLPresent, Owner: owner, Group: owner, DACL: &sd.ACL{Revision: 2, ACEs: list}}
	b, err := d.Bytes()
	if err != nil {
		panic(err)
	}
	return b
}

// describe returns the effect of a descriptor as text: owner, group, whether it is protected
// from inheritance, and its access list. It omits flags about the origin of the list, and the
// audit list, which needs a privilege to read.
func describe(b []byte) string {
	if b == nil {
		return "none"
	}
	d, err := sd.Parse(b)
	if err != nil {
		return err.Error()
	}
	var t strings.Builder
	fmt.Fprintf(&t, "owner %x group %x", []byte(d.Owner), []byte(d.Group))
	if d.Control&sd.DACLProtected != 0 {
		t.WriteString(" protected")
	}
	if d.DACL == nil {
		t.WriteString(" no list")
		return t.String()
	}
	for _, a := range d.DACL.ACEs {
		fmt.Fprintf(&t, " (%d %#x %#x %x%x)", a.Type, byte(a.Flags&^sd.Inherited), a.Mask, []byte(a.SID), a.Tail)
	}
	return t.String()
}
