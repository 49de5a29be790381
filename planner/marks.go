package planner

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
)

// uselessMarks warns of resources that are to be made in any case and depend on such
// that may be left out: they can't be made without, so the mark is of no use.
func uselessMarks(all []*resource) hcl.Diagnostics {
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
