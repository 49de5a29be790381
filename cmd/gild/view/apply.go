package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
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
func (s *Screen) Applied(p *planner.Plan, r *record.Run, folder string) {
	if p.Empty() {
		printSkipped(s.out, r)
		return
	}
	if folder != "" {
		defer s.out.printf("\nReport: %s\n", report.HTML(folder))
	}
	verified, total, made, left := 0, 0, 0, 0
	var held []planner.Holding
	for _, img := range r.Images {
		if !record.Made(img.Outcome) {
			continue
		}
		made++
		left += len(img.Skipped)
		held = append(held, *img.Holds)
		if img.Outcome == record.Complete {
			verified, total = verified+img.Verified, total+img.Resources
		}
	}
	title := s.out.paint(green, "Apply complete:")
	switch {
	case len(r.Images) == 1 && made == 0:
		return
	case made == 0:
		title = s.out.paint(red, fmt.Sprintf("None of %s complete:", count(len(r.Images), "image")))
	case made < len(r.Images):
		title = s.out.paint(yellow, fmt.Sprintf("%d of %s complete:", made, count(len(r.Images), "image")))
	}
	without := ""
	if left > 0 {
		without = fmt.Sprintf(", %d left out", left)
	}
	s.out.printf("\n")
	s.out.para("", "  ", "%s %d added, %d changed, %d destroyed. Verified: %d/%d resources read back%s.",
		title, r.Changes.Add, r.Changes.Change, r.Changes.Destroy, verified, total, without)
	printHolding(s.out, planner.Held(held...))
	defer printSkipped(s.out, r)
	if len(r.Images) == 1 {
		printOutput(s.out, r.Images[0])
		return
	}
	printOutcomes(s.out, r.Images)
}

// printSkipped names the resources that were left out of finished images, and why.
func printSkipped(out styled, r *record.Run) {
	for _, img := range r.Images {
		if !record.Made(img.Outcome) || len(img.Skipped) == 0 {
			continue
		}
		out.printf("\n%s\n", out.paint(yellow, fmt.Sprintf("%s: made without %s:", printable(img.Name), count(len(img.Skipped), "resource"))))
		for _, m := range img.Skipped {
			why, _, _ := strings.Cut(m.Text, "\n")
			out.para("  ", "    ", "%s", printable(why))
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

// printOutput prints where an image is.
func printOutput(out styled, img *record.Image) {
	text := ""
	switch {
	case img.Outcome == record.UpToDate:
		text = ", as it was"
	case img.Bytes > 0:
		text = ", " + size.Text(img.Bytes)
	}
	out.printf("  %s: %s%s\n", img.Name, img.Output+img.Target, text)
}

// printOutcomes prints the outcome of each image.
func printOutcomes(out styled, images []*record.Image) {
	rows := [][]string{{"Image", "Outcome", "Size", "Steps", "Reused", "Elapsed", "Output"}}
	for _, img := range images {
		row := []string{printable(img.Name), outcome(img), "", "", "", "", printable(img.Output + img.Target)}
		if img.Outcome == record.Complete && img.Bytes > 0 {
			row[2] = size.Text(img.Bytes)
		}
		if img.Outcome != record.NotReached && img.Outcome != record.UpToDate {
			row[3], row[4] = fmt.Sprintf("%d/%d", img.Reused+img.Applied, len(img.Steps)), strconv.Itoa(img.Reused)
			row[5] = short(history.Duration(img.Elapsed - img.Waited()))
		}
		rows = append(rows, row)
	}
	out.printf("\n")
	out.headed("  ", rows, 2, 3, 4, 5)
}

// outcome is the outcome of an image in one word.
func outcome(img *record.Image) string {
	switch {
	case img.Outcome == record.UpToDate:
		return "as it was"
	case img.Outcome == record.Complete && len(img.Skipped) > 0:
		return fmt.Sprintf("complete without %d", len(img.Skipped))
	}
	return img.Outcome
}
