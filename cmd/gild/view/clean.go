package view

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/planner"
)

// clean returns the diagnostics without sensitive values.
func clean(diags hcl.Diagnostics, withhold func(string) string) hcl.Diagnostics {
	out := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		c := *d
		c.Summary, c.Detail = withhold(d.Summary), withhold(d.Detail)
		if several, ok := d.Extra.(planner.Affected); ok {
			several = slices.Clone(several)
			for n := range several {
				several[n].Detail = withhold(several[n].Detail)
			}
			c.Extra = several
		}
		out[i] = &c
	}
	return out
}
