package view

import (
	"time"

	"github.com/gildhq/gild/planner"
)

// Made is what an image is made of.
type Made struct {
	Image   string           `json:"image,omitempty"` // its name in the configuration
	Path    string           `json:"path"`
	Missing bool             `json:"missing"` // not made yet
	Receipt *planner.Receipt `json:"receipt"` // null if gild did not make it
}

// Shown is the JSON form of several.
type Shown struct {
	FormatVersion string `json:"format_version"`
	Images        []Made `json:"images"`
}

// NewShown puts them into that form.
func NewShown(all []Made) Shown { return Shown{"1.0", append([]Made{}, all...)} }

// Print prints what images are made of.
func (v Shown) Print(s *Screen) {
	for i, m := range v.Images {
		if i > 0 {
			s.out.printf("\n")
		}
		name := m.Path
		if m.Image != "" {
			name = m.Image + ": " + m.Path
		}
		switch {
		case m.Missing:
			s.out.printf("%s is not made yet.\n", name)
		case m.Receipt == nil:
			s.out.printf("%s was not made by gild.\n", name)
		default:
			s.out.printf("%s was made by gild %s.\n", s.out.paint(bold, name), printable(m.Receipt.Gild))
			printReceipt(s, m.Receipt)
		}
	}
}

func printReceipt(s *Screen, r *planner.Receipt) {
	s.out.printf("  Source: %s\n  Clock:  %s\n  Head:   %s\n", printable(r.Source), r.Clock.UTC().Format(time.RFC3339), printable(r.Head))
	s.out.printf("  %s, in this order:\n", count(len(r.Steps), "change"))
	for _, step := range r.Steps {
		symbol, color := sign(step.Action)
		s.out.printf("    %s %s\n", s.out.paint(color, symbol), printable(step.Address))
	}
	if len(r.Skipped) > 0 {
		s.out.printf("  %s:\n", s.out.paint(yellow, "Made without "+count(len(r.Skipped), "resource")+", which failed"))
	}
	for _, skip := range r.Skipped {
		s.out.printf("    %s\n", printable(skip.Address))
	}
}
