package planner_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
)

// TestOutputIsSource: no spelling of the source's path gets it replaced.
func TestOutputIsSource(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "base.json")
	plantest.Write(t, base, `{"name": "Base", "modified": "2024-05-06T07:08:09Z", "settings": {}}`)
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

// TestConcerns: what is wrong with the source is told at its line and kept in the plan,
// which is made all the same.
func TestConcerns(t *testing.T) {
	dir := t.TempDir()
	plantest.Write(t, filepath.Join(dir, "base.json"), `{"name": "Base", "modified": "2024-05-06T07:08:09Z", "settings": {}}`)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), `
image "kiosk" {
  source = "base.json"
  output = "out.json"

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
	in.Concerns = func(context.Context, image.Session) ([]string, error) { return []string{"work is pending."}, nil }
	p, diags := planner.Make(t.Context(), in)
	if p == nil || len(diags) != 1 || diags[0].Detail != "work is pending." || diags[0].Subject.Start.Line != 3 {
		t.Fatalf("plan %v, %v", p, diags)
	}
	if got := p.Images[0].Info.Warnings; len(got) != 1 || len(p.Images[0].Steps) != 1 {
		t.Errorf("warnings %q, steps %v", got, p.Images[0].Steps)
	}
}
