package view

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/report"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

// Prompt prints the prompt for an answer.
func (s *Screen) Prompt(text string) { s.out.printf("%s", text) }

// Question prints a question that is answered with yes or something else.
func (s *Screen) Question(text string) {
	s.out.printf("\n%s\n  Only \"yes\" is taken as consent.\n\n  Enter a value: ",
		s.out.paint(bold, text))
}

// Planned ends a plan.
func (s *Screen) Planned(p *document.Plan, file string) {
	switch {
	case file != "":
		s.out.printf("\n")
		s.out.para("", "  ", "Saved the plan to: %s", file)
		s.out.para("", "  ", "To carry it out: gild apply %s", quoteArg(file))
	case p.Applyable && s.detail != Summary:
		s.out.printf("\n")
		s.out.para("", "", "The plan was not saved: apply makes its own, and asks. To have exactly this one carried out, use -out.")
	}
}

// Applied prints what was done. Errors are printed as diagnostics.
func (s *Screen) Applied(p *planner.Plan, r executor.Result, folder string) {
	if p.Empty() {
		s.skipped(r)
		return
	}
	if folder != "" {
		defer s.out.printf("\nReport: %s\n", report.HTML(folder))
	}
	counts, verified, total, made := planner.Counts{}, 0, 0, 0
	var held []planner.Holding
	for _, done := range r.Images {
		if done.Err != nil {
			continue
		}
		made++
		img := p.Image(done.Name)
		if img == nil {
			continue
		}
		held = append(held, without(img, done).Holding())
		if done.Changed {
			c := without(img, done).Counts()
			counts.Add, counts.Change, counts.Destroy = counts.Add+c.Add, counts.Change+c.Change, counts.Destroy+c.Destroy
			verified, total = verified+done.Verified, total+len(img.Items)
		}
	}
	title := s.out.paint(green, "Apply complete:")
	switch {
	case len(p.Images) == 1 && made == 0:
		return
	case made == 0:
		title = s.out.paint(red, fmt.Sprintf("None of %s complete:", count(len(p.Images), "image")))
	case made < len(p.Images):
		title = s.out.paint(yellow, fmt.Sprintf("%d of %s complete:", made, count(len(p.Images), "image")))
	}
	s.out.printf("\n")
	s.out.para("", "  ", "%s %d added, %d changed, %d destroyed. Verified: %d/%d resources read back%s.",
		title, counts.Add, counts.Change, counts.Destroy, verified, total, behind(leftOut(r)))
	s.holding(planner.Held(held...))
	defer s.skipped(r)
	if len(p.Images) == 1 {
		s.applied(r.Images[0])
		return
	}
	s.appliedTable(p, r)
}

// without returns the image without steps and without resources that were left out.
func without(img *planner.Image, done executor.ImageResult) *planner.Image {
	made := *img
	made.Steps = nil
	made.Items = slices.DeleteFunc(slices.Clone(img.Items), func(it *planner.Item) bool {
		return slices.ContainsFunc(done.Skipped, func(s executor.Skipped) bool { return s.Addr == it.Addr })
	})
	return &made
}

// leftOut says how many resources were left out of finished images.
func leftOut(r executor.Result) string {
	n := 0
	for _, done := range r.Images {
		if done.Err == nil {
			n += len(done.Skipped)
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d left out", n)
}

// skipped names the resources that were left out of finished images, and why.
func (s *Screen) skipped(r executor.Result) {
	for _, done := range r.Images {
		if done.Err != nil || len(done.Skipped) == 0 {
			continue
		}
		s.out.printf("\n%s\n", s.out.paint(yellow, fmt.Sprintf("%s: made without %s:", printable(done.Name), count(len(done.Skipped), "resource"))))
		for _, sk := range done.Skipped {
			why, _, _ := strings.Cut(sk.Err.Error(), "\n")
			s.out.para("  ", "    ", "%s", printable(why))
		}
	}
}

// Rehearsed ends a rehearsal that went well.
func (s *Screen) Rehearsed(p *planner.Plan) {
	s.out.printf("\n%s %s. DISM was emulated, and nothing is kept.\n", s.out.paint(green, "Rehearsal complete:"), rehearsed(p))
}

func rehearsed(p *planner.Plan) string {
	steps := 0
	for _, img := range p.Images {
		steps += len(img.Steps)
	}
	return fmt.Sprintf("%s, %s", count(len(p.Images), "image"), count(steps, "step"))
}

// applied prints where an image is.
func (s *Screen) applied(done executor.ImageResult) {
	switch {
	case !done.Changed:
		s.out.printf("  %s: %s, as it was\n", done.Name, done.Path)
	case done.Bytes > 0:
		s.out.printf("  %s: %s, %s\n", done.Name, done.Path, size.Text(done.Bytes))
	default:
		s.out.printf("  %s: %s\n", done.Name, done.Path)
	}
}

// appliedTable prints what became of each image.
func (s *Screen) appliedTable(p *planner.Plan, r executor.Result) {
	rows := [][]string{{"Image", "Outcome", "Size", "Steps", "Reused", "Elapsed", "Output"}}
	for _, img := range p.Images {
		row := []string{printable(img.Name), notReached, "", "", "", "", printable(img.Output + img.Target)}
		i := slices.IndexFunc(r.Images, func(done executor.ImageResult) bool { return done.Name == img.Name })
		if i >= 0 {
			appliedRow(row, img, r.Images[i])
		}
		rows = append(rows, row)
	}
	s.out.printf("\n")
	s.headed("  ", rows, 2, 3, 4, 5)
}

const notReached = "not reached"

// appliedRow fills in what is known of an image that was reached.
func appliedRow(row []string, img *planner.Image, done executor.ImageResult) {
	row[1] = outcome(done)
	if row[1] == notReached || !done.Changed && done.Err == nil {
		return
	}
	if done.Bytes > 0 && done.Err == nil {
		row[2] = size.Text(done.Bytes)
	}
	row[3], row[4], row[5] = fmt.Sprintf("%d/%d", done.Reused+done.Applied, len(img.Steps)), strconv.Itoa(done.Reused), short(done.Elapsed)
}

// outcome is the outcome of an image in one word.
func outcome(done executor.ImageResult) string {
	switch {
	case errors.Is(done.Err, executor.ErrInterrupted) && done.Elapsed == 0:
		return notReached
	case errors.Is(done.Err, executor.ErrInterrupted):
		return "interrupted"
	case done.Err != nil:
		return "failed"
	case !done.Changed:
		return "as it was"
	case len(done.Skipped) > 0:
		return fmt.Sprintf("complete without %d", len(done.Skipped))
	}
	return "complete"
}
