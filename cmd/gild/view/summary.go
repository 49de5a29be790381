package view

import (
	"fmt"
	"strconv"

	"github.com/gildhq/gild/planner/document"
)

// Lines of a summary, so that all of it fits on a screen.
const (
	summaryImages = 6
	summaryLines  = 2
)

// printOverview prints what changes in numbers, a line for each image.
func printOverview(out styled, p *document.Plan) {
	rows := [][]string{{"Image", "+", "~", "-", "first boot", "cached"}}
	changed := 0
	for _, img := range p.Images {
		if img.UpToDate {
			continue
		}
		if changed++; changed <= summaryImages {
			rows = append(rows, []string{printable(img.Name), strconv.Itoa(img.Changes.Add), strconv.Itoa(img.Changes.Change), strconv.Itoa(img.Changes.Destroy),
				strconv.Itoa(img.Holds.Queued), fmt.Sprintf("%d/%d", img.Cached, len(img.Steps))})
		}
	}
	if changed > 0 {
		out.headed("", rows, 1, 2, 3, 4, 5)
		if changed > summaryImages {
			out.printf("and %s\n", count(changed-summaryImages, "more image"))
		}
		out.printf("\n")
	}
	if same := len(p.Images) - changed; same > 0 {
		out.printf("%s up to date.\n\n", plural(same, "image is", "images are"))
	}
	if n := len(p.Waiting); n > 0 {
		out.printf("%s planned when others are made.\n\n", plural(n, "image is", "images are"))
	}
}
