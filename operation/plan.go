package operation

import (
	"context"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

// Planning says what to plan.
type Planning struct {
	Vars    []dsl.VariableArg // see [Reading]
	Targets []string          // addresses that limit the plan to these resources and what they depend on; none: everything
	// Policies are folders of policies, in addition to those that the configuration names.
	Policies []string
	Locked   Locking
}

// Plan makes a plan. It shows warnings. Close the module after use.
func (w *Workspace) Plan(ctx context.Context, p Planning, front Front) (*planner.Plan, *Module, error) {
	m, diags, err := w.Open(ctx, Reading{Vars: p.Vars})
	if err != nil {
		return nil, nil, err
	}
	plan, err := w.make(ctx, p, m, front, diags)
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	return plan, m, nil
}

func (w *Workspace) make(ctx context.Context, p Planning, m *Module, front Front, diags hcl.Diagnostics) (*planner.Plan, error) {
	w.takeKey(m)
	match, err := targets(p.Targets).matcher(m.Config)
	if err != nil {
		if diags.HasErrors() { // an error would hide what is left out
			err = Check(diags, m.Config.Files)
		}
		return nil, err
	}
	m.Input.Match = match
	named, err := declared(w, m)
	if err != nil {
		return nil, err
	}
	if err := Check(m.asDeclared(ctx, named, p.Locked), m.Config.Files); err != nil {
		return nil, err
	}
	plan, more := planner.Make(ctx, m.Input)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	diags = Merge(diags, more)
	if plan != nil {
		used, err := planned(w, plan, m)
		if err != nil {
			return nil, err
		}
		diags = Merge(diags, asLocked(ctx, used, m.lock, m.host, p.Locked))
	}
	if err := Check(diags, m.Config.Files); err != nil {
		return nil, err
	}
	plan.Revision = w.revision(ctx)
	front.Diagnostics(m.unseen(diags), m.Config.Files)
	return plan, nil
}

// Document returns the plan in the form in which it is shown, with what the store adds: how many
// steps of each image are in checkpoints, and how long the rest will take. If the store can't be
// read, the plan is shown without that.
func (w *Workspace) Document(plan *planner.Plan) *document.Plan {
	doc := document.New(plan)
	if doc.Applyable {
		doc.Expected = w.expect(plan)
	}
	store, err := w.Checkpoints()
	if err != nil {
		w.Log.Warn("can't look up checkpoints", "error", err)
		return doc
	}
	for i, img := range plan.Images {
		n, err := store.Sealed(img, len(img.Steps))
		if err != nil {
			w.Log.Warn("can't look up checkpoints", "image", img.Name, "error", err)
		}
		doc.Images[i].SetCached(n)
	}
	return doc
}

// SavePlan writes a plan that can be applied with this configuration's store.
func (w *Workspace) SavePlan(plan *planner.Plan, file string) error {
	key, err := w.key()
	if err != nil {
		return err
	}
	return plan.Save(file, key)
}
