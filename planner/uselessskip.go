package planner

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
)

// uselessSkips warns of resources without on_error = "skip" that depend on resources
// with it: they can't be made without those, so it has no effect there.
func uselessSkips(all []*resource) hcl.Diagnostics {
	byAddr := make(map[dsl.Addr]*resource, len(all))
	for _, r := range all {
		byAddr[r.Addr] = r
	}
	var diags hcl.Diagnostics
	for _, r := range all {
		for _, a := range r.DependsOn {
			on := byAddr[a]
			if r.Skip || on == nil || !on.Skip {
				continue
			}
			d := problem(r.AttrRange("depends_on"), "Depends on what may be left out", fmt.Sprintf(
				"%s depends on %s (%s), which has on_error = \"skip\". If that fails, %s can't be made either, and that is an error. "+
					"Set on_error = \"skip\" here, too, or remove it there.",
				r.Addr.Local(), on.Addr.Local(), at(on.Range), r.Addr.Local()))
			d.Severity = hcl.DiagWarning
			diags = append(diags, d)
		}
	}
	return diags
}
