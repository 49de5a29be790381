package view

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
	"github.com/gildhq/gild/providers"
)

// severe repeats at the end what can't be added again by undoing it: what is destroyed, and
// what nothing undoes.
func (pl planPrinter) severe(p *document.Plan) {
	families := pl.arranged(p)
	pl.repeat("Will be destroyed:", "-", listed(families, func(c review.Change) bool { return c.Action == providers.Delete }))
	pl.repeat("Can't be undone:", "!", listed(families, review.Change.Irreversible))
}

func (pl planPrinter) repeat(title, sign string, lines []string) {
	if len(lines) == 0 {
		return
	}
	pl.printf("%s\n", pl.paint(red, title))
	for i, line := range lines {
		if pl.detail == Summary && i == summaryLines && len(lines) > i+1 {
			pl.printf("    and %d more\n", len(lines)-i)
			break
		}
		pl.para("  "+pl.paint(red, sign)+" ", "    ", "%s", line)
	}
	pl.printf("\n")
}

// some lists names, and of many the first ones.
func some(names []string) string {
	if len(names) > namedGroup {
		return fmt.Sprintf("%d images: %s, …", len(names), strings.Join(names[:namedGroup], ", "))
	}
	return strings.Join(names, ", ")
}

// listed names the changes that are so: of a declared resource with many, how many; of
// several images, in which.
func listed(families []review.Family, is func(review.Change) bool) []string {
	var lines []string
	for _, f := range families {
		for _, part := range f.Parts {
			image, where := part.Images[0].Name+"/", ""
			if len(part.Images) > 1 {
				image, where = "", ", in "+some(imageNames(part.Images))
			}
			for _, g := range part.Groups {
				var these []string
				for _, c := range g.Changing() {
					if is(c) {
						these = append(these, image+printable(review.Local(c.Address))+where)
					}
				}
				if len(these) > shownGroup && len(g.Changes) > len(these)/2 {
					these = []string{fmt.Sprintf("%s%s: %d resources%s", image, printable(g.Address), len(these), where)}
				}
				lines = append(lines, these...)
			}
		}
	}
	return lines
}
