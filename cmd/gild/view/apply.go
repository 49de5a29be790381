package view

import (
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/planner"
)

// Prompt prints what stands before an answer.
func (s *Screen) Prompt(text string) { s.out.printf("%s", text) }

// Question asks whether a plan shall be carried out.
func (s *Screen) Question() {
	s.out.printf("\n%s\n  Only \"yes\" is taken as consent.\n\n  Enter a value: ",
		s.out.paint(bold, "Shall gild make these changes?"))
}

// Planned ends a plan.
func (s *Screen) Planned(p *planner.Plan, file string) {
	switch {
	case file != "":
		s.out.printf("\nSaved the plan to: %s\nTo carry it out: gild apply %s\n", file, quoteArg(file))
	case !p.Empty():
		s.out.printf("\nThe plan was not saved: apply makes its own, and asks. To have exactly this one carried out, use -out.\n")
	}
}

// Applied prints what was done.
func (s *Screen) Applied(p *planner.Plan, r executor.Result) {
	counts, verified, total, complete := planner.Counts{}, 0, 0, true
	for _, done := range r.Images {
		complete = complete && done.Err == nil
		img := p.Image(done.Name)
		if done.Err != nil || !done.Changed || img == nil {
			continue
		}
		c := img.Counts()
		counts = planner.Counts{Add: counts.Add + c.Add, Change: counts.Change + c.Change, Destroy: counts.Destroy + c.Destroy}
		verified, total = verified+done.Verified, total+len(img.Items)
	}
	if !complete || len(r.Images) < len(p.Images) || p.Empty() {
		return
	}
	s.out.printf("\n%s %d added, %d changed, %d destroyed. Verified: %d/%d resources read back.\n",
		s.out.paint(green, "Apply complete:"), counts.Add, counts.Change, counts.Destroy, verified, total)
	for _, done := range r.Images {
		switch {
		case !done.Changed:
			s.out.printf("  %s: %s, as it was\n", done.Name, done.Path)
		case done.Bytes > 0:
			s.out.printf("  %s: %s, %s\n", done.Name, done.Path, Bytes(done.Bytes))
		default:
			s.out.printf("  %s: %s\n", done.Name, done.Path)
		}
	}
}
