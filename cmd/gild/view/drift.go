package view

import (
	"fmt"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

// maxShown is how many differences of an output the screen shows.
const maxShown = 50

// drift lists what was changed in an output since gild made it.
func (s *Screen) drift(d *planner.Drift) {
	if d == nil {
		return
	}
	title := "Changed since gild made it:"
	if d.FromSource {
		title = "Differs from the source (there are no checkpoints of what gild made, so its own changes are among these):"
	}
	s.out.para("  ", "  ", "%s", s.out.paint(bold, title))
	for i, diff := range d.Differences {
		if i == maxShown {
			break
		}
		s.out.para("    ", "      ", "%s", s.difference(diff))
	}
	if more := len(d.Differences) + d.More - maxShown; more > 0 {
		s.out.printf("    and %d more\n", more)
	}
	if len(d.Differences) == 0 {
		s.out.para("    ", "    ", "nothing that is compared: the order or the form of its data, or a count in its description")
	}
	s.out.printf("\n")
}

func (s *Screen) difference(d image.Difference) string {
	sign, color := "~", yellow
	switch d.Change {
	case image.Added:
		sign, color = "+", green
	case image.Removed:
		sign, color = "-", red
	}
	text := fmt.Sprintf("%s %s %s", s.out.paint(color, sign), d.Kind, printable(d.Path))
	if d.Value != nil {
		name := printable(*d.Value)
		if name == "" {
			name = "(default)"
		}
		text += ": " + name
	}
	if d.What != "" {
		text += " (" + printable(d.What) + ")"
	}
	return text
}
