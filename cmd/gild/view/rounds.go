package view

import (
	"fmt"
	"slices"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/planner"
)

// Rounds ends several rounds with the outcome of all images.
func (s *Screen) Rounds(plans []*planner.Plan, results []executor.Result) {
	if len(plans) < 2 {
		return
	}
	p, r := joined(plans, results)
	made := len(slices.DeleteFunc(slices.Clone(r.Images), func(done executor.ImageResult) bool { return done.Err != nil }))
	title, text := s.out.paint(green, "All rounds complete:"), fmt.Sprintf("%s in %d rounds", count(made, "image"), len(plans))
	if made < len(p.Images) {
		title, text = s.out.paint(yellow, fmt.Sprintf("After %d rounds:", len(plans))), fmt.Sprintf("%d of %s complete", made, count(len(p.Images), "image"))
	}
	s.out.printf("\n")
	s.out.para("", "  ", "%s %s.", title, text)
	s.appliedTable(p, r)
}

// Rounds prints nothing: each round has a summary of its own.
func (l *Lines) Rounds([]*planner.Plan, []executor.Result) {}

// joined merges the results of several rounds: each image as in the round that made
// it.
func joined(plans []*planner.Plan, results []executor.Result) (*planner.Plan, executor.Result) {
	all, result := &planner.Plan{}, executor.Result{}
	for i, p := range plans {
		for _, img := range p.Images {
			at := slices.IndexFunc(all.Images, func(o *planner.Image) bool { return o.Name == img.Name })
			switch {
			case at < 0:
				all.Images = append(all.Images, img)
			case all.Images[at].UpToDate:
				all.Images[at] = img
			default:
				continue
			}
			result.Images = slices.DeleteFunc(result.Images, func(r executor.ImageResult) bool { return r.Name == img.Name })
			if at := slices.IndexFunc(results[i].Images, func(r executor.ImageResult) bool { return r.Name == img.Name }); at >= 0 {
				result.Images = append(result.Images, results[i].Images[at])
			}
		}
	}
	return all, result
}
