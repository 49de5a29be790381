package preflight

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/gildhq/gild/formats/sd"
)

// TestThis asks the machine that the tests run on.
func TestThis(t *testing.T) {
	var m This
	if m.OS() != runtime.GOOS {
		t.Errorf("%s", m.OS())
	}
	if runtime.GOOS == "linux" {
		mem, err := m.Memory()
		if err != nil || mem.Total < 64*mib || mem.Free <= 0 || mem.Free > mem.Total || mem.Page < 0 {
			t.Errorf("%+v, %v", mem, err)
		}
		if up, err := m.Elevated(); err != nil || up != (os.Getuid() == 0) {
			t.Errorf("%v, %v", up, err)
		}
	}
	dir := t.TempDir()
	if v, err := m.Volume(filepath.Join(dir, "later")); err != nil || v.Free <= 0 {
		t.Errorf("%+v, %v", v, err)
	}
	file := filepath.Join(dir, "log")
	if err := m.Writable(file); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.Writable(file); err != nil {
		t.Error(err)
	}
	if data, _ := os.ReadFile(file); string(data) != "abc" {
		t.Errorf("it was changed to %q", data)
	}
	if err := m.Writable(filepath.Join(dir, "no folder", "log")); err == nil {
		t.Error("a file in a folder that is not there")
	}
	if runtime.GOOS == "windows" {
		return
	}
	if a, err := m.Access(file); err != nil || a.Read != nil || a.Write != nil {
		t.Errorf("%+v, %v", a, err)
	}
	if err := os.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	if a, err := m.Access(file); err != nil || len(a.Read) != 2 || len(a.Write) != 2 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := m.Access(file + "x"); err == nil {
		t.Error("a file that is not there")
	}
	if _, err := m.ProgramArch(file); err == nil {
		t.Error("a text is a program")
	}
}

// entry is an access control entry that lets a SID in.
func entry(sid sd.SID, mask uint32) sd.ACE {
	return sd.ACE{Type: sd.AccessAllowed, Mask: mask, SID: sid}
}

func TestDescriptor(t *testing.T) {
	everyone := sd.SID{1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}
	users := sd.SID{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 2, 0, 0}
	admins := sd.SID{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0}
	const all, modify, readOnly = 0x1f01ff, 0x1301bf, 0x1200a9
	inherit := entry(everyone, all)
	inherit.Flags = sd.InheritOnly
	for name, c := range map[string]struct {
		d    sd.Descriptor
		want Access
	}{
		"administrators": {sd.Descriptor{Control: sd.DACLPresent | sd.SelfRelative, DACL: &sd.ACL{Revision: 2, ACEs: []sd.ACE{entry(admins, all), inherit}}}, Access{}},
		"users read": {sd.Descriptor{Control: sd.DACLPresent | sd.SelfRelative, DACL: &sd.ACL{Revision: 2, ACEs: []sd.ACE{entry(admins, all), entry(users, readOnly)}}},
			Access{Read: []string{"Users"}}},
		"everyone writes": {sd.Descriptor{Control: sd.DACLPresent | sd.SelfRelative, DACL: &sd.ACL{Revision: 2, ACEs: []sd.ACE{entry(everyone, modify)}}},
			Access{Read: []string{"Everyone"}, Write: []string{"Everyone"}}},
		"no list": {sd.Descriptor{Control: sd.SelfRelative}, Access{Read: []string{"Everyone"}, Write: []string{"Everyone"}}},
	} {
		b, err := c.d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := accessOfDescriptor(b); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := accessOfDescriptor([]byte{1}); err == nil {
		t.Error("a broken descriptor")
	}
}
