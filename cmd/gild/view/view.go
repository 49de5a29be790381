package view

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/planner"
)

// View is how plan and apply are watched: by a person on a [Screen], by a
// program in [Lines].
type View interface {
	Diagnostics(diags hcl.Diagnostics, files map[string]*hcl.File)
	// Plan shows what a plan changes; the kinds tell what identifies a thing.
	Plan(p *planner.Plan, kinds dsl.Kinds)
	// Order shows why the steps are in their order.
	Order(edges []planner.Edge)
	// Planned ends a plan: it was saved as the file, or not if that is empty.
	Planned(p *planner.Plan, file string)
	// Progress shows what happens while a plan is carried out.
	Progress(p *planner.Plan, h *history.History) Progress
	// Expected shows what a plan is going to take.
	Expected(e Expectation)
	// Applied shows what was done, and where the record of it is: in a folder, which
	// is empty if there is none.
	Applied(p *planner.Plan, r executor.Result, folder string)
	// Round begins the plan of images that have waited for others to be made.
	Round(waited []planner.Waiting)
	// Rounds ends several rounds with what became of all images.
	Rounds(plans []*planner.Plan, results []executor.Result)
	// Left tells which images a plan did not hold that was carried out.
	Left(waiting []planner.Waiting)
	// Rehearsed ends a rehearsal that went well.
	Rehearsed(p *planner.Plan)
}

// Progress is told what happens, until it is closed.
type Progress interface {
	Event(executor.Event)
	Close()
}

var (
	_ View = (*Screen)(nil)
	_ View = (*Lines)(nil)
)
