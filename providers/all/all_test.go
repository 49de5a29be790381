package all

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers/providertest"
)

func TestAll(t *testing.T) {
	if err := providertest.Validate(All()); err != nil {
		t.Error(err)
	}
}

// TestComplete finds kinds that have a folder and are not in the list.
func TestComplete(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"all": true, "viadism": true, "packagefile": true, "payload": true, "providertest": true, "settings": true}
	for _, p := range All() {
		listed[folderOf(p.Kind)] = true
	}
	for _, e := range entries {
		if e.IsDir() && !listed[e.Name()] {
			t.Errorf("the kind %q is not in the list", e.Name())
		}
	}
}

// TestWaits holds what work for the first boot is called, so that plans count it apart.
func TestWaits(t *testing.T) {
	for _, p := range All() {
		for _, w := range p.Ways {
			if slices.Equal(w.Needs, []image.Capability{image.CanFirstBoot}) && !w.Effect.Waits {
				t.Errorf("%s: the way %q can only queue, and its effect does not wait", p.Kind, w.Name)
			}
			if w.Effect.Waits != strings.Contains(w.Effect.Text, "first boot") {
				t.Errorf("%s: the way %q waits: %t, and says %q", p.Kind, w.Name, w.Effect.Waits, w.Effect.Text)
			}
		}
	}
}

// TestPayloadMarks holds that each attribute that names files of the module is a payload:
// what is not is neither checked before a run nor counted for its room.
func TestPayloadMarks(t *testing.T) {
	for _, p := range All() {
		for _, a := range p.Schema {
			told := strings.Contains(a.Doc, "relative to the folder of the configuration")
			if told && a.Payload == dsl.NoPayload {
				t.Errorf("%s: %q names files and is no payload", p.Kind, a.Name)
			}
			if a.Payload != dsl.NoPayload && a.Computed {
				t.Errorf("%s: %q is found out and no payload that an author names", p.Kind, a.Name)
			}
		}
	}
}
