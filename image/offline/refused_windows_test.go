package offline

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/image"
)

// TestPrivileges: opening a folder for writing enables the privileges that the account
// holds.
func TestPrivileges(t *testing.T) {
	newRefusal(t)
	states, err := privilege.Held()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range privilege.Needed() {
		if states[name] == privilege.Disabled {
			t.Errorf("%s is not enabled", name)
		}
	}
}

// TestRefusedByWindows replaces a read-only file, and one that another program has open
// without sharing deletion.
func TestRefusedByWindows(t *testing.T) {
	r := newRefusal(t)
	r.check(os.Chmod(r.file, 0o444))
	r.check(r.write("new"))
	r.holds("new", 0)
	if meta, err := r.dir.Meta(refusedName); err != nil || meta.Attributes&image.ReadOnly == 0 {
		t.Errorf("%+v, %v", meta, err)
	}
	r.check(r.dir.SetMeta(refusedName, image.Meta{Attributes: image.Normal}))

	f, err := os.OpenFile(r.file, os.O_RDWR, 0)
	r.check(err)
	defer f.Close()
	r.check(r.write("newer"))
	if got, err := fs.ReadFile(r.dir, refusedName); err != nil || string(got) != "newer" {
		t.Errorf("%q, %v", got, err)
	}
	if !strings.Contains(r.log.String(), "in place") {
		t.Errorf("the log says nothing of it:\n%s", &r.log)
	}
}
