package view

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/planner/document/review"
)

// Detail says how much of a plan is shown.
type Detail int

// Details of plans.
const (
	Grouped Detail = iota // what one declared resource stands for, and what images have in common, is shown once
	Full                  // every change of every image
	Summary               // one screen
)

// Show sets how much of a plan is shown.
func (s *Screen) Show(d Detail) { s.detail = d }

// Plan prints what a plan changes, for a person to decide on.
func (s *Screen) Plan(p *document.Plan, kinds dsl.Kinds) {
	s, flush := s.buffered()
	defer flush()
	if s.detail == Summary {
		s.overview(p)
	} else {
		s.families(p, kinds)
		s.waiting(p.Waiting)
	}
	switch waits := p.Holds.Text(); {
	case p.Applyable:
		s.severe(p)
		s.sums(p)
		s.holding(p.Holds)
	case waits != "":
		s.out.para("", "  ", "%s %s.", s.out.paint(green, "No changes."), waits)
	default:
		s.out.para("", "  ", "%s %s", s.out.paint(green, "No changes."), matches(p))
	}
	if !p.Complete {
		s.out.printf("\n")
		s.out.para("", "", "The plan is limited with -target: other resources were not looked at.")
	}
	if p.Expected != nil {
		s.expected(p.Expected)
	}
}

// families prints the images, those that are up to date first.
func (s *Screen) families(p *document.Plan, kinds dsl.Kinds) {
	upToDate := false
	for _, img := range p.Images {
		if img.UpToDate {
			s.out.para("", "  ", "%s is up to date: %s", img.Name, destination(img))
			upToDate = true
		}
	}
	if upToDate {
		s.out.printf("\n")
	}
	for _, f := range s.arranged(p) {
		s.family(f, kinds)
	}
}

// arranged returns what is shown together.
func (s *Screen) arranged(p *document.Plan) []review.Family {
	if s.detail == Full {
		return review.Singly(p)
	}
	return review.Families(p)
}

func (s *Screen) sums(p *document.Plan) {
	s.out.para("", "  ", "%s %d to add, %d to change, %d to destroy.", s.out.paint(bold, "Plan:"), p.Changes.Add, p.Changes.Change, p.Changes.Destroy)
	if p.Changes == (planner.Counts{}) {
		s.out.para("", "", "%s written although no resource changes; the reasons are given above.", written(p))
	}
}

// holding says how many resources will only be work for the first boot.
func (s *Screen) holding(h planner.Holding) {
	if text := h.Text(); text != "" {
		s.out.para("", "  ", "%s %s.", s.out.paint(bold, "Resources:"), text)
	}
}

// written names the images that are to be written.
func written(p *document.Plan) string {
	n := 0
	for _, img := range p.Images {
		if !img.UpToDate {
			n++
		}
	}
	if n == 1 {
		return "The image is"
	}
	return fmt.Sprintf("%d images are", n)
}

func matches(p *document.Plan) string {
	if len(p.Images) == 1 {
		return "The image matches the configuration."
	}
	return "The images match the configuration."
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func allOf(n int, one, many string) string {
	if n == 1 {
		return "The only " + one
	}
	return fmt.Sprintf("All %d %s", n, many)
}

// from says what an image is made from.
func from(img *document.Image) string {
	about := []string{}
	for _, part := range []string{img.Source.Product, img.Source.Version, img.Source.Arch} {
		if part != "" {
			about = append(about, printable(part))
		}
	}
	from := img.Source.Path
	if img.Source.Words != "" {
		from = printable(img.Source.Words)
	}
	if img.Source.Index > 0 {
		from += fmt.Sprintf(":%d", img.Source.Index)
	}
	if len(about) > 0 {
		from += " (" + strings.Join(about, ", ") + ")"
	}
	return from
}

// origin says what an image is made from, and where it is written.
func origin(img *document.Image) string { return from(img) + to(img) }

func to(img *document.Image) string {
	if img.Target != "" {
		return ", in place"
	}
	return " -> " + img.Output
}

func destination(img *document.Image) string {
	if img.Target != "" {
		return img.Target
	}
	return img.Output
}

// Order prints what decides on the order of the steps of a plan: not that resources are
// made as they are written when nothing decides, and what a resource expands to only as far
// as it has to do with others.
func (s *Screen) Order(p *document.Plan) {
	title := s.out.paint(bold, "\nOrder:") + "\n"
	for _, img := range p.Images {
		said := map[planner.Edge]bool{}
		for _, e := range img.Order {
			e.Before, e.After = img.Name+"/"+review.Top(review.Local(e.Before)), img.Name+"/"+review.Top(review.Local(e.After))
			if e.Why == planner.ByFile || e.Before == e.After || said[e] {
				continue
			}
			said[e] = true
			s.out.printf("%s", title)
			s.out.para("  ", "    ", "%s before %s", e.Before, e.After)
			s.out.para("    ", "    ", "(%s)", e.Detail)
			title = ""
		}
	}
	if title != "" {
		s.out.printf("%s", title)
		s.out.para("  ", "  ", "Nothing decides: all is made as it is written.")
	}
}

// quoteArg returns an argument as it is typed into a shell.
func quoteArg(arg string) string {
	if strings.ContainsAny(arg, " \t'&()$;") {
		return `"` + arg + `"`
	}
	return arg
}
