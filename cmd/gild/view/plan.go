package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// Plan prints what a plan changes, for a person to decide on.
func (s *Screen) Plan(p *document.Plan, kinds dsl.Kinds) {
	for i, img := range p.Images {
		if img.UpToDate {
			s.upToDate(img, i+1 < len(p.Images) && p.Images[i+1].UpToDate)
		} else {
			s.image(img, kinds)
		}
	}
	s.waiting(p.Waiting)
	switch waits := p.Holds.Text(); {
	case p.Applyable:
		s.destroyed(p)
		s.sums(p)
		s.holding(p.Holds)
	case waits != "":
		s.out.printf("%s %s.\n", s.out.paint(green, "No changes."), waits)
	default:
		s.out.printf("%s %s\n", s.out.paint(green, "No changes."), matches(p))
	}
	if !p.Complete {
		s.out.printf("\nThe plan is limited with -target: other resources were not looked at.\n")
	}
	if p.Expected != nil {
		s.expected(p.Expected)
	}
}

func (s *Screen) sums(p *document.Plan) {
	dropped := 0
	for _, img := range p.Images {
		dropped += len(img.Dropped)
	}
	s.out.printf("%s %d to add, %d to change, %d to destroy", s.out.paint(bold, "Plan:"), p.Changes.Add, p.Changes.Change, p.Changes.Destroy)
	if dropped > 0 {
		s.out.printf(", %d to take back", dropped)
	}
	s.out.printf(".\n")
	if p.Changes == (planner.Counts{}) && dropped == 0 {
		s.out.printf("%s written although no resource changes; the reasons are given above.\n", written(p))
	}
}

// holding says how many resources will only be work for the first boot.
func (s *Screen) holding(h planner.Holding) {
	if text := h.Text(); text != "" {
		s.out.printf("%s %s.\n", s.out.paint(bold, "Resources:"), text)
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

// upToDate prints that an image needs no change; more: the next one does not either.
func (s *Screen) upToDate(img *document.Image, more bool) {
	s.out.printf("%s is up to date: %s\n", img.Name, destination(img))
	if !more {
		s.out.printf("\n")
	}
}

// image prints what changes in one image.
func (s *Screen) image(img *document.Image, kinds dsl.Kinds) {
	s.out.printf("%s: %s\n", s.out.paint(bold, img.Name), origin(img))
	if written := planner.Written(img.Export); written != "" {
		s.out.printf("  written with %s\n", written)
	}
	for _, w := range img.Warnings {
		s.out.printf("  %s %s\n", s.out.paint(yellow, "!"), printable(w))
	}
	for _, r := range img.Reasons {
		s.out.printf("  %s\n", printable(r))
	}
	s.out.printf("\n")
	s.drift(img.Drift)
	for _, c := range img.ResourceChanges {
		step := img.LastStep(c)
		switch {
		case c.Action != planner.NoChange:
			s.change(c, schemaOf(kinds, c), effect(c, step))
		case step != nil && step.Again != "":
			s.out.printf("  %s\n  %s as it is, %s\n\n", s.out.paint(bold, "# "+c.Address+" is applied again, because "+printable(step.Again)),
				s.out.paint(yellow, "~"), effect(c, step))
		}
	}
	for _, d := range img.Dropped {
		s.out.printf("  %s\n  %s\n\n", s.out.paint(bold, "# "+d.Address+" is no longer declared"),
			s.out.paint(yellow, "~")+" what it "+verb(d.Action)+" goes back to what the source holds")
	}
	s.cached(img)
}

// cached says from which checkpoint an image goes on, if there is one.
func (s *Screen) cached(img *document.Image) {
	switch n := img.Cached; {
	case n == 0:
	case n == len(img.Steps):
		s.out.printf("  %s in checkpoints; apply writes the output from there.\n\n", allOf(n, "step is", "steps are"))
	default:
		s.out.printf("  %d of %s in checkpoints; apply goes on with %s.\n\n",
			n, plural(len(img.Steps), "step is", "steps are"), strings.TrimPrefix(img.Steps[n].Address, img.Name+"/"))
	}
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

// origin says what an image is made from, and where it is written.
func origin(img *document.Image) string {
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
	if img.Target != "" {
		return from + ", in place"
	}
	return from + " -> " + img.Output
}

func destination(img *document.Image) string {
	if img.Target != "" {
		return img.Target
	}
	return img.Output
}

// effect says when and by what a change takes effect, and whether its last step is in a
// checkpoint.
func effect(c *document.ResourceChange, last *document.Step) string {
	switch {
	case last == nil:
		return "by taking it from the source again"
	case last.Cached:
		return c.Effect + ", cached"
	}
	return c.Effect
}

// destroyed repeats at the end what will be removed.
func (s *Screen) destroyed(p *document.Plan) {
	var lost []string
	for _, img := range p.Images {
		for _, c := range img.ResourceChanges {
			if c.Action == providers.Delete {
				lost = append(lost, c.Address)
			}
		}
	}
	if len(lost) == 0 {
		return
	}
	slices.Sort(lost)
	s.out.printf("%s\n", s.out.paint(red, "Will be removed:"))
	for _, l := range lost {
		s.out.printf("  %s %s\n", s.out.paint(red, "-"), l)
	}
	s.out.printf("\n")
}

// Order prints why the steps of a plan are in their order.
func (s *Screen) Order(p *document.Plan) {
	title := s.out.paint(bold, "\nOrder:") + "\n"
	for _, img := range p.Images {
		for _, e := range img.Order {
			s.out.printf("%s  %s before %s: %s\n", title, e.Before, e.After, e.Detail)
			title = ""
		}
	}
}

// quoteArg returns an argument as it is typed into a shell.
func quoteArg(arg string) string {
	if strings.ContainsAny(arg, " \t'&()$;") {
		return `"` + arg + `"`
	}
	return arg
}
