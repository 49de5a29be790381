package offline

import (
	"testing"

	"github.com/gildhq/gild/formats/sd"
)

// TestSaid: a protected list is set as protected, and only the parts that a descriptor
// has are set.
func TestSaid(t *testing.T) {
	system := sd.SID("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")
	list := &sd.ACL{Revision: 2, ACEs: []sd.ACE{{Type: sd.AccessAllowed, Mask: 0x1f01ff, SID: system}}}
	const owners = setOwner | setGroup
	for _, tt := range []struct {
		d    sd.Descriptor
		want uint32
	}{
		{sd.Descriptor{Owner: system, Group: system, Control: sd.DACLPresent | sd.DACLProtected | sd.DACLAutoInherited, DACL: list}, owners | setDACL | setDACLProtected},
		{sd.Descriptor{Owner: system, Group: system, Control: sd.DACLPresent | sd.DACLAutoInherited, DACL: list}, owners | setDACL | setDACLUnprotected},
		{sd.Descriptor{Control: sd.DACLPresent, DACL: list}, setDACL | setDACLUnprotected},
		{sd.Descriptor{Owner: system}, setOwner},
		{sd.Descriptor{Control: sd.DACLPresent | sd.DACLProtected | sd.SACLPresent, DACL: list, SACL: list}, setDACL | setDACLProtected | setSACL | setSACLUnprotected},
		{sd.Descriptor{Control: sd.DACLPresent | sd.SACLPresent | sd.SACLProtected, DACL: list, SACL: list}, setDACL | setDACLUnprotected | setSACL | setSACLProtected},
	} {
		b, err := tt.d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		d, err := sd.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(d); got != tt.want {
			t.Errorf("control %#x: %#x, want %#x", d.Control, got, tt.want)
		}
	}
}
