package planner

import (
	"context"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// decided is what other resources may ask about something that a resource decides
// on.
func (m *maker) decided(r *resource, claim providers.Claim) providers.Decided {
	d := providers.Decided{Addr: r.Addr, Claim: claim, Absent: r.Absent}
	if r.kind.File != nil {
		d.File = func(name string) ([]byte, error) { return r.kind.File(m.Host, r.want, name) }
	}
	if r.kind.Value != nil {
		d.Value = func() (*image.Value, error) { return r.kind.Value(r.want) }
	}
	return d
}

// warn returns what the kinds warn of in an image, each text once.
func (m *maker) warn(ctx context.Context, s image.Session) hcl.Diagnostics {
	around := providers.Around{Host: m.Host}
	for _, r := range m.all {
		for _, c := range r.claims() {
			around.Others = append(around.Others, m.decided(r, c))
		}
	}
	all := each(ctx, m.selected, func(ctx context.Context, _ int, r *resource) hcl.Diagnostics {
		if r.kind.Warn == nil {
			return nil
		}
		list, err := r.kind.Warn(ctx, s, around, r.want, r.Absent)
		if err != nil {
			return diagnose(r.Resource, "Can't read %s out of the image", err)
		}
		var diags hcl.Diagnostics
		for _, p := range list {
			ds := diagnose(r.Resource, "", p)
			for _, d := range ds {
				d.Severity = hcl.DiagWarning
			}
			diags = append(diags, ds...)
		}
		return diags
	})
	var diags hcl.Diagnostics
	said := map[string]bool{}
	for _, d := range all {
		text := d.Summary + "\n" + d.Detail
		if d.Severity != hcl.DiagWarning || !said[text] {
			diags = append(diags, d)
		}
		said[text] = true
	}
	return diags
}
