package providers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

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
	for _, c := range []struct {
		want map[string]cty.Value
		out  []string
	}{
		{map[string]cty.Value{"source": text("app.msix"), "dependencies": list("a.msix", "b.msix"), "license": text("l.xml")},
			[]string{"source [app.msix]", "dependencies [a.msix]", "dependencies [b.msix]", "license [l.xml]"}},
		{map[string]cty.Value{"source": text("lcu.msu"), "checkpoints": cty.NullVal(cty.List(cty.String)), "checkpoint_files": list("c1.msu", "c2.msu")},
			[]string{"source [lcu.msu]", "checkpoints [c1.msu]", "checkpoints [c2.msu]"}},
		{map[string]cty.Value{"source": text("lcu.msu"), "checkpoints": list("c1.msu"), "checkpoint_files": cty.NullVal(cty.List(cty.String))}, []string{"source [lcu.msu]", "checkpoints [c1.msu]"}},
		{map[string]cty.Value{"source": text("fod"), "files": list("fod/a.cab", "fod/b.cab")}, []string{"source [fod/a.cab fod/b.cab]"}},
		{map[string]cty.Value{"source": text("fod"), "files": cty.NullVal(cty.List(cty.String))}, []string{"source [fod]"}},
		{map[string]cty.Value{"source": cty.UnknownVal(cty.String), "license": cty.NullVal(cty.String)}, nil},
	} {
		var got []string
		for _, p := range providers.Payloads(cty.ObjectVal(c.want)) {
			got = append(got, fmt.Sprint(p.Attr, " ", p.Paths()))
		}
		if !slices.Equal(got, c.out) {
			t.Errorf("%q, want %q", got, c.out)
		}
	}
}
