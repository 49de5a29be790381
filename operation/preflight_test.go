package operation

import (
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
)

// TestPayloadsOfHealth takes the file of an image for what is to be read, and not
// all that names the image.
func TestPayloadsOfHealth(t *testing.T) {
	var in preflight.Input
	want := cty.ObjectVal(map[string]cty.Value{"source": cty.ListVal([]cty.Value{cty.StringVal("wim:media/install.wim:3"), cty.StringVal("clean")})})
	place := hcl.Range{Filename: "a.gild.hcl", Start: hcl.Pos{Line: 7, Column: 1}}
	addPayloads(&in, kindNamed(Kinds(), "health"), &planner.Item{Addr: dsl.Addr{Image: "kiosk", Kind: "health"}, Want: want, Place: planner.Place{File: "a.gild.hcl", Line: 7}}, nil)
	var names []string
	for _, p := range in.Payloads {
		names = append(names, p.Path)
		if p.At == nil || *p.At != place {
			t.Errorf("%s is written at %v", p.Path, p.At)
		}
	}
	if want := []string{Absolute("media/install.wim"), Absolute("clean")}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
