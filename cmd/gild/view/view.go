package view

import (
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner/document"
)

// View is how plan and apply are watched: by a person on a [Screen], by a
// program in [Lines].
type View interface {
	operation.Front
	// Show sets how much of a plan is shown to a person.
	Show(Detail)
	// Order shows why the steps are in their order.
	Order(p *document.Plan)
	// Planned ends a plan: it was saved as the file, or not if that is empty.
	Planned(p *document.Plan, file string)
}

// Result is what a command found: its JSON form, which also prints itself for people.
type Result interface {
	Print(*Screen)
}

var (
	_ View = (*Screen)(nil)
	_ View = (*Lines)(nil)
)
