package offline

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
)

// TestSetSecurity: the system is told whether the list of a descriptor is protected.
func TestSetSecurity(t *testing.T) {
	system := sd.SID("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")
	list := &sd.ACL{Revision: 2, ACEs: []sd.ACE{{Type: sd.AccessAllowed, Mask: 0x1f01ff, SID: system}}}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.Mkdir("queue", 0o777); err != nil {
		t.Fatal(err)
	}
	real := setNamed
	defer func() { setNamed = real }()
	for control, want := range map[sd.Control]uint32{
		sd.DACLPresent | sd.DACLProtected: kept | setDACLProtected,
		sd.DACLPresent:                    kept | setDACLUnprotected,
	} {
		d := sd.Descriptor{Control: control, Owner: system, Group: system, DACL: list}
		b, err := d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		setNamed = func(path string, what uint32, owner, group *windows.SID, dacl, sacl *windows.ACL) error {
			calls++
			if filepath.Base(path) != "queue" || what != want || owner.String() != "S-1-5-18" || group == nil || dacl == nil || sacl != nil {
				t.Errorf("%s: %#x, want %#x; %v, %v, %v, %v", path, what, want, owner, group, dacl, sacl)
			}
			return nil
		}
		if err := putMeta(root, "queue", nil, image.Meta{Security: b}); err != nil || calls != 1 {
			t.Error(calls, err)
		}
	}
}
