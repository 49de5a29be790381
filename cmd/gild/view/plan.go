package view

import (
	"bufio"
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
	w, out := bufio.NewWriter(s.out.Writer), s.out // a plan of many images has more lines than there should be writes
	defer w.Flush()
	out.Writer = w
	planPrinter{familyPrinter{changePrinter{out}, s.detail, kinds}}.plan(p)
}

// planPrinter prints what a plan changes.
type planPrinter struct{ familyPrinter }

func (pl planPrinter) plan(p *document.Plan) {
	if pl.detail == Summary {
		printOverview(pl.styled, p)
	} else {
		pl.families(p)
		printWaiting(pl.styled, p.Waiting)
	}
	switch waits := p.Holds.Text(); {
	case p.Applyable:
		pl.severe(p)
		pl.sums(p)
		printHolding(pl.styled, p.Holds)
	case waits != "":
		pl.para("", "  ", "%s %s.", pl.paint(green, "No changes."), waits)
	default:
		pl.para("", "  ", "%s %s", pl.paint(green, "No changes."), matches(p))
	}
	if !p.Complete {
		pl.printf("\n")
		pl.para("", "", "The plan is limited with -target: other resources were not looked at.")
	}
	if p.Expected != nil {
		printExpected(pl.styled, p.Expected)
	}
}

// families prints the images, those that are up to date first.
func (pl planPrinter) families(p *document.Plan) {
	upToDate := false
	for _, img := range p.Images {
		if img.UpToDate {
			pl.para("", "  ", "%s is up to date: %s", img.Name, destination(img))
			upToDate = true
		}
	}
	if upToDate {
		pl.printf("\n")
	}
	for _, f := range pl.arranged(p) {
		pl.family(f)
	}
}

// arranged returns what is shown together.
func (pl planPrinter) arranged(p *document.Plan) []review.Family {
	if pl.detail == Full {
		return review.Singly(p)
	}
	return review.Families(p)
}

func (pl planPrinter) sums(p *document.Plan) {
	pl.para("", "  ", "%s %d to add, %d to change, %d to destroy.", pl.paint(bold, "Plan:"), p.Changes.Add, p.Changes.Change, p.Changes.Destroy)
	if p.Changes == (planner.Counts{}) {
		pl.para("", "", "%s written although no resource changes; the reasons are given above.", written(p))
	}
}

// printHolding says how many resources will only be work for the first boot.
func printHolding(out styled, h planner.Holding) {
	if text := h.Text(); text != "" {
		out.para("", "  ", "%s %s.", out.paint(bold, "Resources:"), text)
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
			e.Before, e.After = img.Name+"/"+review.Declared(review.Local(e.Before)), img.Name+"/"+review.Declared(review.Local(e.After))
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
