package planner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
)

// TestOutputIsSource: no spelling of the source's path gets it replaced.
func TestOutputIsSource(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "base.json")
	plantest.Write(t, base, `{"name": "Base", "settings": {}}`)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for _, output := range []string{base, filepath.Join(link, "base.json")} {
		plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), `
image "kiosk" {
  source = "base.json"
  output = "`+filepath.ToSlash(output)+`"

  setting "a" {
    name  = "a"
    value = "1"
  }
}
`)
		in, diags := plantest.Load(t, dir)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if _, diags := planner.Make(t.Context(), in); !strings.Contains(diags.Error(), "Output is the source") {
			t.Errorf("output %s: %v", output, diags)
		}
	}
}
