package preflight

import "testing"

// TestThisWindows asks the machine what decides on where images can be mounted.
func TestThisWindows(t *testing.T) {
	var m This
	if _, err := m.MountDriver(); err != nil {
		t.Error(err)
	}
	if c, err := m.Controlled(); err != nil || !c.Active && len(c.Folders) > 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if up, _ := m.Elevated(); up {
		if _, err := m.Deduplicated(t.TempDir()); err != nil {
			t.Error(err)
		}
	}
}
