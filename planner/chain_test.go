package planner_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
)

const baseImage = `{"name": "Base", "modified": "2024-05-06T07:08:09Z", "settings": {"color": {"value": "red"}}}`

// module makes a folder with a source and one image that holds these resources.
func module(t *testing.T, resources string) string {
	t.Helper()
	dir := t.TempDir()
	plantest.Write(t, filepath.Join(dir, "base.wim"), baseImage)
	declare(t, dir, resources)
	return dir
}

// declare replaces the resources of a module's image.
func declare(t *testing.T, dir, resources string) {
	t.Helper()
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), `
variable "password" {
  type      = string
  default   = "Pa55"
  sensitive = true
}
image "kiosk" {
  source = "base.wim"
  output = "kiosk.wim"
`+resources+`
}`)
}

func setting(label, name, value string) string {
	return "  setting \"" + label + "\" {\n    name = \"" + name + "\"\n    value = \"" + value + "\"\n  }\n"
}

func TestChain(t *testing.T) {
	a, b, c := setting("a", "A", "1"), setting("b", "B", "1"), setting("c", "C", "1")
	ids := func(resources string) []string {
		img := plantest.MustPlan(t, module(t, resources)).Images[0]
		return append(img.Chain(), img.Head)
	}
	base := ids(a + b + c)
	if len(base) != 4 || base[0] == base[1] {
		t.Fatalf("chain is %q", base)
	}
	for _, tt := range []struct {
		name      string
		resources string
		same      int // IDs from the start that stay
	}{
		{"the same in another folder", a + b + c, 4},
		{"another label", setting("z", "A", "1") + b + c, 4},
		{"an unchanged resource more", a + setting("color", "color", "red") + b + c, 4},
		{"a step more at the end", a + b + c + setting("d", "D", "1"), 3},
		{"a step less at the end", a + b, 2},
		{"another value", a + setting("b", "B", "2") + c, 1},
		{"another order", a + c + b, 1},
		{"another first", b + a + c, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ids(tt.resources)
			same := 0
			for same < min(len(got), len(base)) && got[same] == base[same] {
				same++
			}
			if same != tt.same {
				t.Errorf("the first %d IDs are the same, want %d", same, tt.same)
			}
			if rest := got[same:]; slices.ContainsFunc(rest, func(id string) bool { return slices.Contains(base, id) }) {
				t.Error("an ID comes again after a difference")
			}
		})
	}
}

func TestChainStandsForSourceAndClock(t *testing.T) {
	dir := module(t, setting("a", "a", "1"))
	before := plantest.MustPlan(t, dir).Images[0]
	plantest.Write(t, filepath.Join(dir, "base.wim"), strings.Replace(baseImage, "red", "blue", 1))
	if after := plantest.MustPlan(t, dir).Images[0]; after.Start == before.Start || after.Steps[0].ID == before.Steps[0].ID {
		t.Error("another source gives the same chain")
	}
	plantest.Write(t, filepath.Join(dir, "base.wim"), baseImage)
	in, _ := plantest.Load(t, dir)
	epoch := time.Unix(1, 0)
	in.Epoch = &epoch
	plan, diags := planner.Make(t.Context(), in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if plan.Images[0].Start == before.Start {
		t.Error("another clock gives the same chain")
	}
}

// Payloads count by their content and by what the configuration calls them.
func TestChainFollowsPayloads(t *testing.T) {
	file := func(name string) string { return "setting \"f\" {\n  name = \"f\"\n  file = \"" + name + "\"\n}\n" }
	dir := module(t, file("one.txt"))
	plantest.Write(t, filepath.Join(dir, "one.txt"), "content")
	plantest.Write(t, filepath.Join(dir, "two.txt"), "content")
	first := plantest.MustPlan(t, dir).Images[0].Head
	plantest.Write(t, filepath.Join(dir, "one.txt"), "other content")
	if plantest.MustPlan(t, dir).Images[0].Head == first {
		t.Error("another content gives the same chain")
	}
	plantest.Write(t, filepath.Join(dir, "one.txt"), "content")
	if plantest.MustPlan(t, dir).Images[0].Head != first {
		t.Error("the same content gives another chain")
	}
	declare(t, dir, file("two.txt"))
	if plantest.MustPlan(t, dir).Images[0].Head == first {
		t.Error("another hint gives the same chain")
	}
}
