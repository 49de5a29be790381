package operation

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/operation/policy"
	"github.com/gildhq/gild/planner/document"
)

// Question is whether a plan may be carried out.
type Question struct {
	Plan    *document.Plan
	Module  *Module  // names policies; nil: a saved plan, whose configuration's were asked when it was made
	Folders []string // further policies
}

// Ask asks the policies. What they warn of is shown; what they deny is an error.
func (q Question) Ask(ctx context.Context, w *Workspace, front Front) error {
	var files map[string]*hcl.File
	if q.Module != nil {
		files = q.Module.Config.Files
	}
	sets, diags := policies(q.Module, q.Folders)
	if err := Check(diags, files); err != nil || len(sets) == 0 {
		return err
	}
	epoch, err := environment(w.Getenv).epoch()
	if err != nil {
		return err
	}
	now := time.Now()
	if epoch != nil {
		now = *epoch
	}
	input, err := json.Marshal(q.Plan)
	if err != nil {
		return err
	}
	for _, set := range sets {
		verdicts, err := set.Ask(ctx, input, now)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			return Explain("Policy can't be asked", "%v. So it does not allow the plan.", err)
		}
		for _, v := range verdicts {
			diags = append(diags, verdict(v, q.Plan, q.Module))
		}
	}
	diags = Merge(diags, nil)
	if err := Check(diags, files); err != nil {
		return err
	}
	front.Diagnostics(diags, files)
	return nil
}

// CheckPolicies reads the policies of the configuration, and says what is wrong with them.
func (m *Module) CheckPolicies() hcl.Diagnostics {
	_, diags := policies(m, nil)
	return diags
}

// policies reads the policies of a configuration, and those in folders.
func policies(m *Module, folders []string) (sets []*policy.Set, diags hcl.Diagnostics) {
	load := func(folder string, at *hcl.Range) {
		set, err := policy.Load(filepath.FromSlash(folder))
		if err != nil {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid policy", Detail: err.Error() + ".", Subject: at})
			return
		}
		sets = append(sets, set)
	}
	if m != nil {
		for _, p := range m.Config.Policies {
			load(p.Source, &p.Range)
		}
	}
	for _, folder := range folders {
		load(folder, nil)
	}
	return sets, diags
}

// verdict is what a policy says, on the line of what it is about.
func verdict(v policy.Verdict, plan *document.Plan, m *Module) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Denied by the policy " + v.Policy, Detail: v.Message}
	if !v.Deny {
		d.Severity, d.Summary = hcl.DiagWarning, "Warning of the policy "+v.Policy
	}
	about := v.Address
	if m != nil {
		d.Subject = declaredAt(m.Config, v.Address, v.Attribute)
	} else if place := placeOf(plan, v.Address); place != "" {
		about += " (" + place + ")"
	}
	if about != "" {
		d.Detail = about + ": " + d.Detail
	}
	return d
}

// placeOf returns where a resource of a plan was declared; empty if it is not known.
func placeOf(plan *document.Plan, address string) string {
	for _, img := range plan.Images {
		for _, c := range img.ResourceChanges {
			if c.Address == address {
				return fmt.Sprintf("%s:%d", c.Range.File, c.Range.Line)
			}
		}
	}
	return ""
}

// declaredAt returns where an image or a resource is declared, or its attribute.
func declaredAt(config *dsl.Config, address, attribute string) *hcl.Range {
	for _, img := range config.Images {
		if img.Name == address {
			at := img.AttrRange(attribute)
			return &at
		}
		if i := slices.IndexFunc(img.Resources, func(r *dsl.Resource) bool { return r.Addr.String() == address }); i >= 0 {
			at := img.Resources[i].AttrRange(attribute)
			return &at
		}
	}
	return nil
}
