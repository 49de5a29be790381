package view

import (
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
)

// View is how plan and apply are watched: by a person on a [Screen], by a
// program in [Lines].
type View interface {
	operation.Front
	// Order shows why the steps are in their order.
	Order(edges []planner.Edge)
	// Planned ends a plan: it was saved as the file, or not if that is empty.
	Planned(p *planner.Plan, file string)
}

var (
	_ View = (*Screen)(nil)
	_ View = (*Lines)(nil)
)
