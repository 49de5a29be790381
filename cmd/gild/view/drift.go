package view

import (
	"fmt"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

// maxShown is how many differences of an output the screen shows.
const maxShown = 50

// printDrift lists what was changed in an output since gild made it.
func printDrift(out styled, d *planner.Drift) {
	if d == nil {
		return
	}
	title := "Changed since gild made it:"
	if d.FromSource {
		title = "Differs from the source (there are no checkpoints of what gild made, so its own changes are among these):"
	}
	out.para("  ", "  ", "%s", out.paint(bold, title))
	for i, diff := range d.Differences {
		if i == maxShown {
			break
		}
		out.para("    ", "      ", "%s", difference(out, diff))
	}
	if more := len(d.Differences) + d.More - maxShown; more > 0 {
		out.printf("    and %d more\n", more)
	}
	if len(d.Differences) == 0 {
		out.para("    ", "    ", "nothing that is compared: the order or the form of its data, or a count in its description")
	}
	out.printf("\n")
}

func difference(out styled, d image.Difference) string {
	sign, color := "~", yellow
	switch d.Change {
	case image.Added:
		sign, color = "+", green
	case image.Removed:
		sign, color = "-", red
	}
	text := fmt.Sprintf("%s %s %s", out.paint(color, sign), d.Kind, printable(d.Path))
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
