package offline

import "github.com/gildhq/gild/formats/sd"

// The parts that SetNamedSecurityInfo sets ([MS-DTYP] §2.4.7 SECURITY_INFORMATION).
const (
	setOwner           = 0x1
	setGroup           = 0x2
	setDACL            = 0x4
	setSACL            = 0x8
	setSACLUnprotected = 0x10000000
	setDACLUnprotected = 0x20000000
	setSACLProtected   = 0x40000000
	setDACLProtected   = 0x80000000
)

// said returns the parts that a descriptor has. SetNamedSecurityInfo ignores the
// descriptor's control bits: unless a flag says that a list is protected, Windows adds
// the folder's inheritable entries ("SECURITY_INFORMATION",
// PROTECTED_DACL_SECURITY_INFORMATION).
func said(d *sd.Descriptor) (what uint32) {
	if d.Owner != nil {
		what |= setOwner
	}
	if d.Group != nil {
		what |= setGroup
	}
	for _, list := range []struct {
		present, protected  sd.Control
		set, sealed, opened uint32
	}{
		{sd.DACLPresent, sd.DACLProtected, setDACL, setDACLProtected, setDACLUnprotected},
		{sd.SACLPresent, sd.SACLProtected, setSACL, setSACLProtected, setSACLUnprotected},
	} {
		switch {
		case d.Control&list.present == 0:
		case d.Control&list.protected != 0:
			what |= list.set | list.sealed
		default:
			what |= list.set | list.opened
		}
	}
	return what
}
