package imagetest

import (
	"slices"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

func (s opened) value(t *testing.T, key, name string) string {
	t.Helper()
	v, err := s.registry.Value(key, name)
	if err != nil {
		t.Fatal(err)
	}
	return hive.DecodeString(v.Data)
}

func (s opened) setValue(t *testing.T, key, name, value string) {
	t.Helper()
	if err := s.registry.SetValue(key, image.Value{Name: name, Type: hive.RegSZ, Data: hive.EncodeString(value)}); err != nil {
		t.Fatal(err)
	}
}

func testRegistry(t *testing.T, f Fixture) {
	s := f.open(t)
	if got := s.value(t, `HKEY_LOCAL_MACHINE\software\MICROSOFT\windows nt\currentversion`, "editionid"); got != "Professional" {
		t.Errorf("edition %q", got)
	}
	if got := s.value(t, "HKLM/SYSTEM/CurrentControlSet/Control/Session Manager/Environment", "PROCESSOR_ARCHITECTURE"); got != "AMD64" {
		t.Errorf("architecture %q", got)
	}
	s.setValue(t, software, "EditionID", "Enterprise")
	s.setValue(t, "HKLM/SOFTWARE/Policies/Größe", "", "default")
	if err := s.registry.CreateKey("HKLM/SYSTEM/Setup/Empty"); err != nil {
		t.Fatal(err)
	}
	if err := s.registry.DeleteValue(software, "UBR"); err != nil {
		t.Fatal(err)
	}
	if err := s.registry.DeleteKey("HKLM/SYSTEM/ControlSet001/Control/MUI"); err != nil {
		t.Fatal(err)
	}
	s.commit(t, "one")
	s.setValue(t, software, "Second", "after the commit")
	s.commit(t, "two")
	s.close(t)

	s = f.open(t, "one", "two")
	if got := s.value(t, software, "EditionID"); got != "Enterprise" {
		t.Errorf("edition %q after reopening", got)
	}
	if got := s.value(t, "HKLM/SOFTWARE/policies/GRÖßE", ""); got != "default" {
		t.Errorf("default value %q", got)
	}
	if got := s.value(t, software, "second"); got != "after the commit" {
		t.Errorf("second %q", got)
	}
	if names, err := s.registry.Subkeys("HKLM/SYSTEM/Setup"); err != nil || !slices.Equal(names, []string{"Empty"}) {
		t.Errorf("subkeys %q, %v", names, err)
	}
	_, err := s.registry.Value(software, "UBR")
	missing(t, "deleted value", err)
	_, err = s.registry.Subkeys("HKLM/SYSTEM/CurrentControlSet/Control/MUI")
	missing(t, "deleted key", err)
}

func testRegistryDiscarded(t *testing.T, f Fixture) {
	s := f.open(t)
	s.setValue(t, software, "EditionID", "Enterprise")
	if got := s.value(t, software, "EditionID"); got != "Enterprise" {
		t.Errorf("a change is not visible: %q", got)
	}
	s.close(t)
	s = f.open(t)
	if got := s.value(t, software, "EditionID"); got != "Professional" {
		t.Errorf("a change that was not committed stayed: %q", got)
	}
	keys, err := s.registry.Subkeys("HKLM/SYSTEM")
	if err != nil || !slices.Contains(keys, "ControlSet001") {
		t.Errorf("subkeys %v, %v", keys, err)
	}
}
