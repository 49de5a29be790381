package view

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/report"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

// Show implements [View]: programs get all of a plan.
func (*Lines) Show(Detail) {}

// Plan prints a line for each image, for each resource that changes, one with the sums,
// and one with what the plan is going to take.
func (l *Lines) Plan(p *document.Plan, _ dsl.Kinds) {
	for _, img := range p.Images {
		l.plannedImage(img)
	}
	for _, w := range p.Waiting {
		l.waitingImage(w, waits(w))
	}
	l.print(struct {
		line
		Changes planner.Counts  `json:"changes"`
		Holds   planner.Holding `json:"holds"`
		Empty   bool            `json:"empty"`
	}{head("info", "change_summary", fmt.Sprintf("Plan: %d to add, %d to change, %d to destroy.%s",
		p.Changes.Add, p.Changes.Change, p.Changes.Destroy, sentence(p.Holds.Text()))), p.Changes, p.Holds, !p.Applyable})
	if p.Expected != nil && p.Expected.Seconds != nil {
		l.print(struct {
			line
			*document.Expected
		}{head("info", "expected", "Expected: "+timing(p.Expected)), p.Expected})
	}
}

func (l *Lines) plannedImage(img *document.Image) {
	message := "to be made"
	if img.UpToDate {
		message = "up to date"
	}
	l.print(struct {
		line
		Image plannedImage `json:"image"`
	}{head("info", "planned_image", img.Name+": "+message), plannedImage{Image: img, Steps: len(img.Steps)}})
	for _, c := range img.ResourceChanges {
		if c.Action == planner.NoChange {
			continue
		}
		l.print(struct {
			line
			Change *document.ResourceChange `json:"change"`
			Step   *document.Step           `json:"step"` // null: it is as wanted in the source
		}{head("info", "planned_change", fmt.Sprintf("%s: %s", c.Address, c.Action)), c, img.LastStep(c)})
	}
}

// plannedImage is an image of a plan without what is listed in it, which has lines of its
// own.
type plannedImage struct {
	*document.Image
	ResourceChanges any `json:"resource_changes,omitempty"`
	Order           any `json:"order,omitempty"`
	Steps           int `json:"steps"` // number of them
}

// Rehearsed prints that a rehearsal went well.
func (l *Lines) Rehearsed(p *planner.Plan) {
	l.print(head("info", "rehearsal_complete", "Rehearsal complete: "+rehearsed(p)+". DISM was emulated, and nothing is kept."))
}

// Order prints a line for each reason in the order.
func (l *Lines) Order(p *document.Plan) {
	type edge struct {
		Image string `json:"image"`
		planner.Edge
	}
	for _, img := range p.Images {
		for _, e := range img.Order {
			l.print(struct {
				line
				Edge edge `json:"edge"`
			}{head("info", "order", fmt.Sprintf("%s before %s: %s", e.Before, e.After, e.Detail)), edge{img.Name, e}})
		}
	}
}

// Planned prints where the plan was saved.
func (l *Lines) Planned(_ *document.Plan, file string) {
	if file == "" {
		return
	}
	l.print(struct {
		line
		File string `json:"file"`
	}{head("info", "plan_saved", "Saved the plan to: "+file), file})
}

// Progress prints a line for each event.
func (l *Lines) Progress(*planner.Plan, *history.History) operation.Progress {
	return &lineProgress{lines: l, last: map[string]time.Time{}}
}

// lineProgress prints events; of those about the progress of an output at most one
// a second for each image.
type lineProgress struct {
	lines *Lines
	last  map[string]time.Time // by image
}

// Close implements [Progress].
func (*lineProgress) Close() {}

// Event prints what happened.
func (p *lineProgress) Event(e record.Event) {
	if !e.Type.Kept() {
		if time.Since(p.last[e.Image]) < time.Second {
			return
		}
		p.last[e.Image] = time.Now()
	}
	level := "info"
	switch e.Type {
	case record.Warning, record.StepSkipped:
		level = "warn"
	case record.Error:
		level = "error"
	}
	e.Time = time.Time{} // the line has a time of its own
	p.lines.print(struct {
		stamp
		record.Event
	}{head(level, "", fmt.Sprintf("%s: %s", cmp.Or(e.Address, e.Image), e.Type)).stamp, e})
}

// Applied prints what was done to each image, and when all is done.
func (l *Lines) Applied(p *planner.Plan, r *record.Run, folder string) {
	images := make([]appliedImage, len(r.Images))
	for i, img := range r.Images {
		images[i] = appliedImage{
			Name: img.Name, Path: img.Output + img.Target, Changed: img.Outcome == record.Complete, Reused: img.Reused, Applied: img.Applied,
			Verified: img.Verified, Holds: img.Holds, Skipped: []string{}, Bytes: img.Bytes, Elapsed: img.Elapsed - img.Waited(), Complete: record.Made(img.Outcome),
		}
		for _, m := range img.Skipped {
			images[i].Skipped = append(images[i].Skipped, m.Address)
		}
	}
	l.print(struct {
		line
		Images  []appliedImage `json:"images"`
		Changes planner.Counts `json:"changes"`
		Elapsed float64        `json:"elapsed_seconds"`
		Report  string         `json:"report,omitempty"`
	}{head("info", "apply_summary", "apply ended after "+history.Duration(r.Elapsed).Round(time.Millisecond).String()), images, p.Counts(), r.Elapsed, reportJSON(folder)})
}

// reportJSON returns the path of a run's report for programs.
func reportJSON(folder string) string {
	if folder == "" {
		return ""
	}
	return report.JSON(folder)
}

// appliedImage is the JSON form of what was done to an image.
type appliedImage struct {
	Name     string `json:"name"`
	Path     string `json:"path"`
	Changed  bool   `json:"changed"`
	Complete bool   `json:"complete"`
	Reused   int    `json:"steps_reused"`
	Applied  int    `json:"steps_applied"`
	Verified int    `json:"resources_verified"`
	// Holds is null if the image is not complete.
	Holds *planner.Holding `json:"holds"`
	// Skipped are the addresses of resources that were left out.
	Skipped []string `json:"resources_skipped"`
	Bytes   int64    `json:"bytes"`
	Elapsed float64  `json:"elapsed_seconds"`
}

// sentence returns a text as a sentence, to be appended to others.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return " " + strings.ToUpper(text[:1]) + text[1:] + "."
}
