package fileaccess

import (
	"maps"
	"testing"

	"github.com/gildhq/gild/formats/sd"
)

func TestDescriptor(t *testing.T) {
	r := rights{listed: true, others: map[id]grade{everyone: mayRead, "S-1-5-32-544": mayWrite, "S-1-5-21-1-2-4294967295-1001": mayRead}}
	b, err := descriptor(r)
	if err != nil {
		t.Fatal(err)
	}
	d, err := sd.Parse(b)
	if err != nil || d.Control&sd.DACLProtected == 0 || len(d.DACL.ACEs) != 4 {
		t.Fatalf("%+v, %v", d, err)
	}
	back, err := rightsOf(b)
	if err != nil || !maps.Equal(back.others, r.others) || !back.listed {
		t.Errorf("read back %v, %v", back, err)
	}
	// "O:BAG:SYD:..." with entries that gild does not write: an inherited one, a
	// denial.
	d.Owner, d.Group = d.DACL.ACEs[1].SID, d.DACL.ACEs[1].SID
	d.DACL.ACEs[0].SID, d.DACL.ACEs[1].Type = d.DACL.ACEs[2].SID, sd.AccessDenied
	if b, err = d.Bytes(); err != nil {
		t.Fatal(err)
	}
	odd, err := rightsOf(b)
	if err != nil || maps.Equal(odd.others, r.others) || odd.owner == "" {
		t.Errorf("%+v, %v", odd, err)
	}
}

// TestGrades checks that rights this package does not give count, too.
func TestGrades(t *testing.T) {
	account, err := parseSID("S-1-5-32-545")
	if err != nil {
		t.Fatal(err)
	}
	for mask, want := range map[uint32]grade{
		ntRead: mayRead, ntWrite: mayWrite, ntAll: mayWrite, 0x80000000: mayRead, 0x10000000: mayWrite, 0x40000000: mayWrite,
		0x4: mayWrite, 0x10000: mayWrite, 0x40000: mayWrite, 0x80000: mayWrite, 0x120080: 0,
	} {
		d := sd.Descriptor{Control: sd.DACLPresent, DACL: &sd.ACL{Revision: 2, ACEs: []sd.ACE{{Type: sd.AccessAllowed, Mask: mask, SID: account}}}}
		b, err := d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if r, err := rightsOf(b); err != nil || r.others["S-1-5-32-545"] != want {
			t.Errorf("%#x: %v, %v", mask, r.others, err)
		}
	}
}

func TestSID(t *testing.T) {
	for _, text := range []string{"S-1-5-32-545", "S-1-3-4", "S-1-5-18", "S-1-15-2-1", "S-1-281474976710655-4294967295"} {
		s, err := parseSID(text)
		if err != nil || string(formatSID(s)) != text {
			t.Errorf("%s: %s, %v", text, formatSID(s), err)
		}
	}
	for _, text := range []string{"", "S-1", "S-2-5-18", "S-1-5-x", "S-1-5-4294967296", "X-1-5-18", "S-1-281474976710656-1"} {
		if s, err := parseSID(text); err == nil {
			t.Errorf("%s: %s", text, formatSID(s))
		}
	}
}
