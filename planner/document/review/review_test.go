package review_test

import (
	"fmt"
	"testing"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
	"github.com/gildhq/gild/providers"
)

func change(image, local string, action providers.Action, attrs ...string) *document.ResourceChange {
	c := &document.ResourceChange{Address: image + "/" + local, Kind: "registry", Action: action}
	for _, a := range attrs {
		c.Differences = append(c.Differences, document.Difference{Attribute: a})
	}
	return c
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct{ address, local, top string }{
		{"kiosk/registry.x", "registry.x", "registry.x"},
		{`desk["a/b"]/security.base["c/\"d"]/registry.x`, `security.base["c/\"d"]/registry.x`, `security.base`},
		{"kiosk/edition", "edition", "edition"},
		{`kiosk/module.m["a.b"].security.s/registry.x["/"]`, `module.m["a.b"].security.s/registry.x["/"]`, `module.m["a.b"].security.s`},
	} {
		local := review.Local(test.address)
		if top := review.Declared(local); local != test.local || top != test.top {
			t.Errorf("%s: %s and %s, want %s and %s", test.address, local, top, test.local, test.top)
		}
	}
	if g := (review.Group{Address: `module.m["a.b"].security.s`}); g.Kind() != "security" {
		t.Errorf("the kind is %s", g.Kind())
	}
}

// text lists what is together.
func text(families []review.Family) (all []string) {
	for _, f := range families {
		for _, p := range f.Parts {
			line := ""
			for _, img := range p.Images {
				line += img.Name + " "
			}
			for _, g := range p.Groups {
				line += fmt.Sprintf("%s %s %d/%d ", g.Address, g.Action(), len(g.Changing()), len(g.Changes))
			}
			all = append(all, line)
		}
	}
	return all
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestFamilies(t *testing.T) {
	p := &document.Plan{}
	for _, name := range []string{`a["x"]`, "single", `a["y"]`, `a["z"]`, "a"} {
		img := &document.Image{Name: name, ResourceChanges: []*document.ResourceChange{
			change(name, "registry.same", providers.Create, "value"),
			change(name, "registry.no", planner.NoChange),
			change(name, "security.s/registry.one", providers.Update, "value"),
			change(name, "security.s/registry.two", planner.NoChange),
		}}
		if name == `a["z"]` {
			img.ResourceChanges[0].Differences[0].Attribute = "other"
			img.Dropped = []planner.Dropped{{Address: name + "/security.s/registry.old", Action: providers.Create}}
		}
		p.Images = append(p.Images, img)
	}
	p.Images = append(p.Images, &document.Image{Name: `a["done"]`, UpToDate: true})
	same(t, text(review.Families(p)), []string{
		`a["x"] a["y"] registry.same create 1/1 security.s update 1/2 `,
		`a["z"] registry.same create 1/1 security.s update 2/3 `,
		"single registry.same create 1/1 security.s update 1/2 ",
		"a registry.same create 1/1 security.s update 1/2 ",
	})
	if n := len(review.Singly(p)); n != 5 {
		t.Errorf("singly there are %d", n)
	}
}

// TestIrreversible holds that images are not alike if one can't go back.
func TestIrreversible(t *testing.T) {
	p := &document.Plan{}
	for _, name := range []string{`a["x"]`, `a["y"]`} {
		c := change(name, "edition", providers.Update)
		c.Steps = []int{1}
		p.Images = append(p.Images, &document.Image{Name: name, ResourceChanges: []*document.ResourceChange{c}, Steps: []*document.Step{{Irreversible: name == `a["y"]`}}})
	}
	same(t, text(review.Families(p)), []string{`a["x"] edition update 1/1 `, `a["y"] edition update 1/1 `})
}
