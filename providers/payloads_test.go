package providers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// TestPayloads finds all that a resource brings, and of a folder only what is taken.
func TestPayloads(t *testing.T) {
	text, list := cty.StringVal, func(s ...string) cty.Value {
		var all []cty.Value
		for _, one := range s {
			all = append(all, cty.StringVal(one))
		}
		return cty.ListVal(all)
	}
	kind := providers.Typed[cty.Value]{Schema: dsl.Schema{
		{Name: "source", Type: cty.String, Payload: dsl.PayloadFile},
		{Name: "more", Type: cty.List(cty.String), Payload: dsl.PayloadPackage},
		{Name: "found", Type: cty.List(cty.String), FilesOf: "more"},
		{Name: "taken", Type: cty.List(cty.String), FilesOf: "source"},
		{Name: "files", Type: cty.Map(cty.String)},
		{Name: "from", Type: cty.List(cty.String), Payload: dsl.PayloadSource},
	}}.Provider()
	none := cty.NullVal(cty.List(cty.String))
	for _, c := range []struct {
		want map[string]cty.Value
		out  []string
	}{
		{map[string]cty.Value{"source": text("app.msix"), "more": list("a.msix", "b.msix")}, []string{"source [app.msix] false", "more [a.msix] true", "more [b.msix] true"}},
		{map[string]cty.Value{"source": text("lcu.msu"), "more": none, "found": list("c1.msu", "c2.msu")}, []string{"source [lcu.msu] false", "more [c1.msu] true", "more [c2.msu] true"}},
		{map[string]cty.Value{"source": text("lcu.msu"), "more": list("c1.msu"), "found": none}, []string{"source [lcu.msu] false", "more [c1.msu] true"}},
		{map[string]cty.Value{"source": text("fod"), "taken": list("fod/a.cab", "fod/b.cab")}, []string{"source [fod/a.cab fod/b.cab] false"}},
		{map[string]cty.Value{"source": text("fod"), "taken": none}, []string{"source [fod] false"}},
		{map[string]cty.Value{"source": text("tree"), "files": cty.MapVal(map[string]cty.Value{"a.txt": text("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8")})}, []string{"source [tree] false"}},
		{map[string]cty.Value{"from": list("wim:media/install.wim:3", "clean", "wim:none")}, []string{"from [media/install.wim] false", "from [clean] false", "from [wim:none] false"}},
		{map[string]cty.Value{"source": cty.UnknownVal(cty.String), "more": none}, nil},
	} {
		var got []string
		for _, p := range kind.Payloads(cty.ObjectVal(c.want)) {
			got = append(got, fmt.Sprint(p.Attr, " ", p.Paths(), " ", p.Package))
		}
		if !slices.Equal(got, c.out) {
			t.Errorf("%q, want %q", got, c.out)
		}
	}
}
