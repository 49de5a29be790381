package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Plan prints what a plan changes, for a person to decide on.
func (s *Screen) Plan(p *planner.Plan, kinds dsl.Kinds) {
	for i, img := range p.Images {
		if img.UpToDate {
			s.upToDate(img, i+1 < len(p.Images) && p.Images[i+1].UpToDate)
		} else {
			s.image(img, kinds)
		}
	}
	s.waiting(p)
	switch waits := p.Holding().Text(); {
	case !p.Empty():
		s.destroyed(p)
		s.sums(p)
		s.holding(p.Holding())
	case waits != "":
		s.out.printf("%s %s.\n", s.out.paint(green, "No changes."), waits)
	default:
		s.out.printf("%s %s\n", s.out.paint(green, "No changes."), matches(p))
	}
	if p.Incomplete {
		s.out.printf("\nThe plan is limited with -target: other resources were not looked at.\n")
	}
}

func (s *Screen) sums(p *planner.Plan) {
	c, dropped := p.Counts(), 0
	for _, img := range p.Images {
		dropped += len(img.Dropped)
	}
	s.out.printf("%s %d to add, %d to change, %d to destroy", s.out.paint(bold, "Plan:"), c.Add, c.Change, c.Destroy)
	if dropped > 0 {
		s.out.printf(", %d to take back", dropped)
	}
	s.out.printf(".\n")
	if c == (planner.Counts{}) && dropped == 0 {
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
func written(p *planner.Plan) string {
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

func matches(p *planner.Plan) string {
	if len(p.Images) == 1 {
		return "The image matches the configuration."
	}
	return "The images match the configuration."
}

// upToDate prints that an image needs no change; more: the next one does not either.
func (s *Screen) upToDate(img *planner.Image, more bool) {
	s.out.printf("%s is up to date: %s\n", img.Name, destination(img))
	if !more {
		s.out.printf("\n")
	}
}

// image prints what changes in one image.
func (s *Screen) image(img *planner.Image, kinds dsl.Kinds) {
	s.out.printf("%s: %s\n", s.out.paint(bold, img.Name), origin(img))
	if written := img.Written(); written != "" {
		s.out.printf("  written with %s\n", written)
	}
	for _, w := range img.Info.Warnings {
		s.out.printf("  %s %s\n", s.out.paint(yellow, "!"), printable(w))
	}
	for _, r := range img.Reasons {
		s.out.printf("  %s\n", printable(r))
	}
	s.out.printf("\n")
	s.drift(img.Drift)
	effects, again := effects(img), again(img)
	for i, it := range img.Items {
		switch {
		case it.Action != planner.NoChange:
			s.change(it, schemaOf(kinds, it), effects[i])
		case again[i] != "":
			s.out.printf("  %s\n  %s as it is, %s\n\n", s.out.paint(bold, "# "+it.Addr.String()+" is applied again, because "+printable(again[i])),
				s.out.paint(yellow, "~"), effects[i])
		}
	}
	for _, d := range img.Dropped {
		s.out.printf("  %s\n  %s\n\n", s.out.paint(bold, "# "+d.Address+" is no longer declared"),
			s.out.paint(yellow, "~")+" what it "+verb(d.Action)+" goes back to what the source holds")
	}
	s.cached(img)
}

// cached says from which checkpoint an image goes on, if there is one.
func (s *Screen) cached(img *planner.Image) {
	switch n := img.Cached; {
	case n == 0:
	case n == len(img.Steps):
		s.out.printf("  %s in checkpoints; apply writes the output from there.\n\n", allOf(n, "step is", "steps are"))
	default:
		s.out.printf("  %d of %s in checkpoints; apply goes on with %s.\n\n",
			n, plural(len(img.Steps), "step is", "steps are"), img.StepAddr(n).Local())
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
func origin(img *planner.Image) string {
	about := []string{}
	for _, part := range []string{img.Info.Product, img.Info.Version, img.Info.Arch} {
		if part != "" {
			about = append(about, printable(part))
		}
	}
	from := img.Source.Path
	if img.Words != "" {
		from = printable(img.Words)
	}
	if img.Info.Index > 0 {
		from += fmt.Sprintf(":%d", img.Info.Index)
	}
	if len(about) > 0 {
		from += " (" + strings.Join(about, ", ") + ")"
	}
	if img.Target != "" {
		return from + ", in place"
	}
	return from + " -> " + img.Output
}

func destination(img *planner.Image) string {
	if img.Target != "" {
		return img.Target
	}
	return img.Output
}

// effects returns, by item, when and by what its change takes effect, and whether it
// is in a checkpoint.
func effects(img *planner.Image) map[int]string {
	by := map[int]string{}
	cached := map[int]bool{}
	for n, step := range img.Steps {
		for i, it := range img.Items {
			if step.Is(i) {
				by[i], cached[i] = cmp.Or(it.Effect, step.Text), n < img.Cached
			}
		}
	}
	for i, it := range img.Items {
		if cached[i] {
			by[i] += ", cached"
		}
		if _, ok := by[i]; !ok && it.Action != planner.NoChange {
			by[i] = "by taking it from the source again"
		}
	}
	return by
}

// again returns, by item, why it is applied although the image has it.
func again(img *planner.Image) map[int]string {
	why := map[int]string{}
	for _, step := range img.Steps {
		if step.Again != "" {
			why[step.Item] = step.Again
		}
	}
	return why
}

// destroyed repeats at the end what will be removed.
func (s *Screen) destroyed(p *planner.Plan) {
	var lost []string
	for _, img := range p.Images {
		for _, it := range img.Items {
			if it.Action == providers.Delete {
				lost = append(lost, it.Addr.String())
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
func (s *Screen) Order(edges []planner.Edge) {
	if len(edges) == 0 {
		return
	}
	s.out.printf("\n%s\n", s.out.paint(bold, "Order:"))
	for _, e := range edges {
		s.out.printf("  %s before %s: %s\n", e.Before, e.After, e.Detail)
	}
}

// quoteArg returns an argument as it is typed into a shell.
func quoteArg(arg string) string {
	if strings.ContainsAny(arg, " \t'&()$;") {
		return `"` + arg + `"`
	}
	return arg
}
