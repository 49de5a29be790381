package sd_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/sd"
)

// Security identifiers by their abbreviation in SDDL.
var sids = map[string]sd.SID{
	"SY": {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0},
	"BA": {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0},
	"BU": {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0},
	"CO": {1, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0},
	"CG": {1, 1, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0},
	"WD": {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0},
	"HI": {1, 1, 0, 0, 0, 0, 0, 16, 0, 0x30, 0, 0},
}

var flagNames = []struct {
	flag sd.ACEFlags
	name string
}{
	{sd.ObjectInherit, "OI"}, {sd.ContainerInherit, "CI"}, {sd.NoPropagate, "NP"}, {sd.InheritOnly, "IO"}, {sd.Inherited, "ID"}, {0x40, "SA"}, {0x80, "FA"},
}

var typeNames = map[sd.ACEType]string{sd.AccessAllowed: "A", sd.AccessDenied: "D", sd.SystemAudit: "AU", sd.MandatoryLabel: "ML"}

// acl makes a list of entries written as in SDDL: (A;OICI;0x1f01ff;SY).
func acl(t *testing.T, text string) *sd.ACL {
	t.Helper()
	if text == "" {
		return nil
	}
	list := &sd.ACL{Revision: 2}
	for entry := range strings.SplitSeq(strings.Trim(text, "()"), ")(") {
		parts := strings.Split(entry, ";")
		a := sd.ACE{SID: sids[parts[3]]}
		for kind, name := range typeNames {
			if name == parts[0] {
				a.Type = kind
			}
		}
		for _, f := range flagNames {
			if strings.Contains(parts[1], f.name) {
				a.Flags |= f.flag
			}
		}
		if _, err := fmt.Sscanf(parts[2], "0x%x", &a.Mask); err != nil || a.SID == nil {
			t.Fatalf("entry %s: %v", entry, err)
		}
		list.ACEs = append(list.ACEs, a)
	}
	return list
}

// show is the reverse of acl.
func show(list *sd.ACL) string {
	if list == nil {
		return ""
	}
	var b strings.Builder
	for _, a := range list.ACEs {
		flags, name := "", fmt.Sprintf("%x", []byte(a.SID))
		for _, f := range flagNames {
			if a.Flags&f.flag != 0 {
				flags += f.name
			}
		}
		for n, id := range sids {
			if bytes.Equal(id, a.SID) {
				name = n
			}
		}
		fmt.Fprintf(&b, "(%s;%s;%#x;%s)", typeNames[a.Type], flags, a.Mask, name)
	}
	return b.String()
}

// TestInherit has what Windows gives to files and folders made in folders like these.
func TestInherit(t *testing.T) {
	for name, c := range map[string]struct{ dacl, sacl, file, folder, fileSACL, folderSACL string }{
		"as in the root of a drive": {
			dacl:   "(A;OICIIO;0x10000000;CO)(A;OICI;0x1f01ff;SY)(A;OICI;0x1f01ff;BA)(A;OICI;0x1200a9;BU)",
			file:   "(A;ID;0x1f01ff;BA)(A;ID;0x1f01ff;SY)(A;ID;0x1200a9;BU)",
			folder: "(A;ID;0x1f01ff;BA)(A;OICIIOID;0x10000000;CO)(A;OICIID;0x1f01ff;SY)(A;OICIID;0x1f01ff;BA)(A;OICIID;0x1200a9;BU)",
		},
		"generic rights": {
			dacl:   "(A;OICIIO;0xa0000000;BU)(A;OICI;0x40000000;WD)",
			file:   "(A;ID;0x1200a9;BU)(A;ID;0x120116;WD)",
			folder: "(A;ID;0x1200a9;BU)(A;OICIIOID;0xa0000000;BU)(A;ID;0x120116;WD)(A;OICIIOID;0x40000000;WD)",
		},
		"folders only": {
			dacl:   "(A;CI;0x1f01ff;SY)(A;CINP;0x1200a9;BU)(A;;0x1f01ff;BA)",
			file:   "(A;;0x1f01ff;SY)(A;;0x1f01ff;BA)",
			folder: "(A;CIID;0x1f01ff;SY)(A;ID;0x1200a9;BU)",
		},
		"files only": {
			dacl:   "(D;OI;0x2;WD)(A;OINP;0x1f01ff;SY)",
			file:   "(D;ID;0x2;WD)(A;ID;0x1f01ff;SY)",
			folder: "(D;OIIOID;0x2;WD)",
		},
		"not below the next one": {
			dacl:   "(A;OICINP;0x1f01ff;SY)(A;OICINP;0x10000000;CG)",
			file:   "(A;ID;0x1f01ff;SY)(A;ID;0x1f01ff;BU)",
			folder: "(A;ID;0x1f01ff;SY)(A;ID;0x1f01ff;BU)",
		},
		"nothing to inherit": {
			dacl:   "(A;;0x1f01ff;WD)",
			file:   "(A;;0x1f01ff;SY)(A;;0x1f01ff;BA)",
			folder: "(A;;0x1f01ff;SY)(A;;0x1f01ff;BA)",
		},
		"no list": {
			file:   "(A;;0x1f01ff;SY)(A;;0x1f01ff;BA)",
			folder: "(A;;0x1f01ff;SY)(A;;0x1f01ff;BA)",
		},
		"audit and label": {
			dacl: "(A;OICI;0x1f01ff;SY)", file: "(A;ID;0x1f01ff;SY)", folder: "(A;OICIID;0x1f01ff;SY)",
			sacl:       "(AU;OICISAFA;0xd0116;WD)(ML;OI;0x1;HI)",
			fileSACL:   "(AU;IDSAFA;0xd0116;WD)(ML;ID;0x1;HI)",
			folderSACL: "(AU;OICIIDSAFA;0xd0116;WD)(ML;OIIOID;0x1;HI)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			parent := sd.Descriptor{Control: sd.DACLPresent | sd.DACLProtected, Owner: sids["BA"], Group: sids["BU"],
				DACL: acl(t, c.dacl), SACL: acl(t, c.sacl)}
			if parent.SACL != nil {
				parent.Control |= sd.SACLPresent
			}
			b, err := parent.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []struct {
				kind       sd.Kind
				dacl, sacl string
			}{{sd.File, c.file, c.fileSACL}, {sd.Folder, c.folder, c.folderSACL}} {
				data, err := sd.Inherit(b, want.kind)
				if err != nil {
					t.Fatal(err)
				}
				got, err := sd.Parse(data)
				if err != nil {
					t.Fatal(err)
				}
				if show(got.DACL) != want.dacl || show(got.SACL) != want.sacl {
					t.Errorf("kind %v:\ngot  %s %s\nwant %s %s", want.kind, show(got.DACL), show(got.SACL), want.dacl, want.sacl)
				}
				if !bytes.Equal(got.Owner, parent.Owner) || !bytes.Equal(got.Group, parent.Group) {
					t.Errorf("owner %x, group %x", got.Owner, got.Group)
				}
				if got.Control&^(sd.SACLPresent|sd.SACLAutoInherited) != sd.SelfRelative|sd.DACLPresent|sd.DACLAutoInherited {
					t.Errorf("control %#x", got.Control)
				}
			}
		})
	}
}

// TestInheritWithoutOwner checks that what is for the owner falls away with it.
func TestInheritWithoutOwner(t *testing.T) {
	parent := sd.Descriptor{Control: sd.DACLPresent, DACL: acl(t, "(A;OICIIO;0x10000000;CO)(A;OICI;0x1f01ff;SY)")}
	b, err := parent.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	data, err := sd.Inherit(b, sd.File)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := sd.Parse(data); err != nil || show(got.DACL) != "(A;ID;0x1f01ff;SY)" || got.Owner != nil {
		t.Errorf("%s, owner %x, %v", show(got.DACL), got.Owner, err)
	}
}

func TestParseCorrupt(t *testing.T) {
	whole := sample(t)
	if _, err := sd.Parse(whole); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if _, err := sd.Parse(whole[:n]); !errors.Is(err, sd.ErrCorrupt) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, err := sd.Inherit(whole[:30], sd.Folder); !errors.Is(err, sd.ErrCorrupt) {
		t.Error(err)
	}
	long := sd.Descriptor{DACL: &sd.ACL{ACEs: make([]sd.ACE, 4000)}}
	for i := range long.DACL.ACEs {
		long.DACL.ACEs[i].SID = sids["SY"]
	}
	if _, err := long.Bytes(); err == nil {
		t.Error("a list of 80,000 bytes was written")
	}
}

func sample(t testing.TB) []byte {
	d := sd.Descriptor{Control: sd.DACLPresent | sd.SACLPresent, Owner: sids["SY"], Group: sids["BA"],
		SACL: &sd.ACL{Revision: 2, ACEs: []sd.ACE{{Type: sd.MandatoryLabel, Flags: sd.ObjectInherit, Mask: 1, SID: sids["HI"], Tail: []byte("tail")}}},
		DACL: &sd.ACL{Revision: 4, ACEs: []sd.ACE{{Flags: sd.ObjectInherit | sd.ContainerInherit, Mask: 0x10000000, SID: sids["CO"]}}}}
	b, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzInherit(f *testing.F) {
	f.Add(sample(f), uint8(sd.Key))
	f.Add([]byte("\x01\x00\x04\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00"+
		"\x04\x00\x3c\x00\x01\x00\x00\x00\x05\x03\x34\x00\xff\x01\x1f\x00\x02\x00\x00\x00"+
		"0123456789abcdef\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x00\x00\x00\x00"), uint8(sd.File))
	f.Fuzz(func(t *testing.T, b []byte, kind uint8) {
		d, err := sd.Parse(b)
		if err != nil {
			if !errors.Is(err, sd.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if again, err := d.Bytes(); err == nil {
			if _, err := sd.Parse(again); err != nil {
				t.Errorf("what was written can't be read: %v", err)
			}
		}
		child, err := sd.Inherit(b, sd.Kind(kind%3))
		if err != nil {
			return // a list that got too long
		}
		if _, err := sd.Parse(child); err != nil {
			t.Errorf("what was inherited can't be read: %v", err)
		}
	})
}
