package operation

import (
	"context"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

// Planning says what is planned.
type Planning struct {
	Vars    []dsl.VariableArg // see [Reading]
	Targets []string          // addresses that the plan is limited to, with what these depend on; none: all
}

// Plan makes a plan. Warnings are shown; the module is to be closed.
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
		if diags.HasErrors() { // what is left out can't be found
			err = Check(diags, m.Config.Files)
		}
		return nil, err
	}
	m.Input.Match = match
	plan, more := planner.Make(ctx, m.Input)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	diags = Merge(diags, more)
	if err := Check(diags, m.Config.Files); err != nil {
		return nil, err
	}
	front.Diagnostics(m.unseen(diags), m.Config.Files)
	return plan, nil
}

// Document returns the plan as it is shown, with what the store tells of it: how many
// steps of each image are in checkpoints, and what the rest is going to take. What can't be
// told is no reason not to plan.
func (w *Workspace) Document(plan *planner.Plan) *document.Plan {
	doc := document.New(plan)
	if doc.Applyable {
		doc.Expected = w.expect(plan)
	}
	store, err := w.Checkpoints()
	if err != nil {
		w.Log.Warn("checkpoints are not looked up", "error", err)
		return doc
	}
	for i, img := range plan.Images {
		n, err := store.Sealed(img, len(img.Steps))
		if err != nil {
			w.Log.Warn("checkpoints are not looked up", "image", img.Name, "error", err)
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
