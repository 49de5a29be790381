package view

import (
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
	"github.com/gildhq/gild/providers"
)

// Drifted is how an image that is there differs from what is declared, and from what gild
// wrote.
type Drifted struct {
	FormatVersion string           `json:"format_version"`
	Path          string           `json:"path"`
	Drifted       bool             `json:"drifted"`
	Receipt       *planner.Receipt `json:"receipt"` // null: a folder, or gild did not make it
	Image         *document.Image  `json:"image"`
}

// NewDrifted says how the one image of a plan differs.
func NewDrifted(path string, receipt *planner.Receipt, p *document.Plan) Drifted {
	return Drifted{"1.0", path, p.Applyable, receipt, p.Images[0]}
}

// Print prints how an image differs.
func (d Drifted) Print(s *Screen) {
	s.out.para("", "  ", "%s: %s", s.out.paint(bold, d.Image.Name), d.Path)
	if r := d.Receipt; r != nil {
		s.out.para("  ", "    ", "Made by gild %s with %s, as of %s.", printable(r.Gild), count(len(r.Steps), "change"), r.Clock.UTC().Format(time.RFC3339))
	}
	for _, reason := range d.Image.Reasons {
		s.out.para("  ", "    ", "%s", printable(reason))
	}
	s.out.printf("\n")
	printDrift(s.out, d.Image.Drift)
	if changes := declaredOtherwise(d.Image); len(changes) > 0 {
		s.out.printf("  %s\n", s.out.paint(bold, "Not as declared:"))
		for _, c := range changes {
			s.out.para("    ", "      ", "%s", differs(s.out, c))
		}
		s.out.printf("\n")
	}
	if d.Drifted {
		s.out.para("", "", "%s gild apply makes it as declared.", s.out.paint(yellow, "Drift."))
	} else {
		s.out.para("", "", "%s It is as declared, and as gild wrote it.", s.out.paint(green, "No drift."))
	}
}

// declaredOtherwise returns what differs from what is declared.
func declaredOtherwise(img *document.Image) (all []review.Change) {
	for _, f := range review.Singly(&document.Plan{Images: []*document.Image{img}}) {
		for _, part := range f.Parts {
			for _, g := range part.Groups {
				all = append(all, g.Changing()...)
			}
		}
	}
	return slices.DeleteFunc(all, func(c review.Change) bool { return c.Action == planner.NoChange })
}

// differs says how what is there differs from what is declared.
func differs(out styled, c review.Change) string {
	local := printable(review.Local(c.Address))
	switch {
	case c.Dropped:
		return local + " is no longer declared like this"
	case c.Action == providers.Create:
		return local + " is missing"
	case c.Action == providers.Delete:
		return local + " is there"
	}
	var all []string
	for _, d := range c.Differences {
		if d.Sensitive {
			all = append(all, d.Attribute+" is another "+sensitiveValue)
			continue
		}
		all = append(all, d.Attribute+" is "+shortValue(out, d.Before)+", declared is "+shortValue(out, d.After))
	}
	return local + ": " + strings.Join(all, "; ")
}
