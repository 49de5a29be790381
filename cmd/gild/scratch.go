package main

import (
	"path/filepath"

	"github.com/gildhq/gild/executor/scratch"
	"github.com/gildhq/gild/planner"
)

// scratch opens the folders for temporary files that a plan names; nil if it names
// none, or nothing is to be done.
func (a *app) scratch(plan *planner.Plan) (*scratch.Pool, error) {
	if len(plan.ScratchDirs) == 0 || plan.Empty() {
		return nil, nil
	}
	return scratch.Open(scratch.Options{Roots: scratchDirs(plan.ScratchDirs), Reserve: plan.ScratchReserve, Log: a.log.Named("scratch")})
}

// scratchDirs returns what the author has written as paths of this system.
func scratchDirs(dirs []string) []string {
	var out []string
	for _, dir := range dirs {
		out = append(out, absolute(filepath.FromSlash(dir)))
	}
	return out
}
