package offline

import "github.com/gildhq/gild/formats/sd"

// What SetNamedSecurityInfo is to set ([MS-DTYP] §2.4.7 SECURITY_INFORMATION).
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

// said returns what a descriptor says. SetNamedSecurityInfo sees no control bits: a list
// that is not said to be protected gets the entries that the folder has to pass on
// ("SECURITY_INFORMATION", PROTECTED_DACL_SECURITY_INFORMATION).
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
