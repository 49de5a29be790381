package main

import (
	"github.com/gildhq/gild/executor/retention"
	"github.com/gildhq/gild/planner"
)

// kept returns the store of checkpoints.
func (a *app) kept() (retention.Store, error) {
	dir, err := a.store()
	if err != nil {
		return retention.Store{}, err
	}
	using, err := a.backends()
	return retention.Store{Dir: dir, Backends: using}, err
}

// lookUpCached notes in a plan how many steps of each image are in checkpoints. What
// can't be told is no reason not to plan.
func (a *app) lookUpCached(plan *planner.Plan) {
	store, err := a.kept()
	if err != nil {
		a.log.Warn("checkpoints are not looked up", "error", err)
		return
	}
	for _, img := range plan.Images {
		n, err := store.Sealed(img, len(img.Steps))
		if err != nil {
			a.log.Warn("checkpoints are not looked up", "image", img.Name, "error", err)
		}
		img.Cached = n
	}
}
