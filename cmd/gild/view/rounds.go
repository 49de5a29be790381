package view

import (
	"fmt"
	"slices"

	"github.com/gildhq/gild/executor/record"
)

// Rounds ends several rounds with the outcome of all images.
func (s *Screen) Rounds(runs []*record.Run) {
	if len(runs) < 2 {
		return
	}
	images, made := joined(runs), 0
	for _, img := range images {
		if record.Made(img.Outcome) {
			made++
		}
	}
	title, text := s.out.paint(green, "All rounds complete:"), fmt.Sprintf("%s in %d rounds", count(made, "image"), len(runs))
	if made < len(images) {
		title, text = s.out.paint(yellow, fmt.Sprintf("After %d rounds:", len(runs))), fmt.Sprintf("%d of %s complete", made, count(len(images), "image"))
	}
	s.out.printf("\n")
	s.out.para("", "  ", "%s %s.", title, text)
	printOutcomes(s.out, images)
}

// Rounds prints nothing: each round has a summary of its own.
func (l *Lines) Rounds([]*record.Run) {}

// joined returns the images of several rounds: each as in the round that made it.
func joined(runs []*record.Run) (all []*record.Image) {
	for _, r := range runs {
		for _, img := range r.Images {
			at := slices.IndexFunc(all, func(o *record.Image) bool { return o.Name == img.Name })
			switch {
			case at < 0:
				all = append(all, img)
			case all[at].Outcome == record.UpToDate:
				all[at] = img
			}
		}
	}
	return all
}
