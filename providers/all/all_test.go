package all

import (
	"os"
	"strings"
	"testing"

	"github.com/gildhq/gild/providers"
)

func TestAll(t *testing.T) {
	if err := providers.Validate(All()); err != nil {
		t.Error(err)
	}
}

// TestComplete finds kinds that have a folder and are not in the list.
func TestComplete(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"all": true, "providertest": true, "settings": true}
	for _, p := range All() {
		listed[strings.ReplaceAll(p.Kind, "_", "")] = true
	}
	for _, e := range entries {
		if e.IsDir() && !listed[e.Name()] {
			t.Errorf("the kind %q is not in the list", e.Name())
		}
	}
}
