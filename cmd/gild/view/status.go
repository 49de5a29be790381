package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/planner"
)

// status is what the line at the foot of a terminal tells: how far the image at work
// is, as a share of the steps and of the output, and how long that takes.
type status struct {
	plan    *planner.Plan
	history *history.History

	image       *planner.Image // nil between images
	began       time.Time      // the image
	steps       int            // done
	step        int            // at work, from 1; 0: none
	since       time.Time      // what is at work
	share       float64        // of the step at work, from 0 to 1, where it tells
	what        string         // is at work
	done, total int64          // bytes of the output
}

// event takes in what happened.
func (s *status) event(e executor.Event, now time.Time) {
	begin := func(what string) { s.what, s.since, s.share = what, now, 0 }
	switch e.Type {
	case executor.ImageStart:
		*s = status{plan: s.plan, history: s.history, image: s.plan.Image(e.Image), began: now}
		begin("opening")
	case executor.Reuse:
		s.steps = e.Step
	case executor.StepStart:
		s.step = e.Step
		begin(e.Addr.Local() + ": " + doing(e.Action))
	case executor.StepProgress:
		if s.step > 0 && e.Total > 0 {
			s.share = float64(e.Done) / float64(e.Total)
		}
	case executor.StepDone:
		s.steps, s.step = e.Step, 0
		begin("")
	case executor.CheckpointStart:
		begin("making a checkpoint")
	case executor.CheckpointDone:
		begin("")
	case executor.VerifyStart:
		begin("reading everything back")
	case executor.ExportStart:
		begin("writing")
	case executor.ExportProgress:
		s.done, s.total = e.Done, e.Total
	case executor.ImageDone, executor.Error:
		s.image = nil
	}
}

// line returns the status in so many columns; empty if there is nothing to tell.
func (s *status) line(now time.Time, columns int) string {
	if s.image == nil {
		return ""
	}
	parts := []string{fmt.Sprintf("%d/%d steps", s.steps, len(s.image.Steps))}
	if len(s.plan.Images) > 1 {
		parts = append([]string{s.image.Name}, parts...)
	}
	if s.total > 0 {
		parts = append(parts, Bytes(s.done)+" of "+Bytes(s.total))
	}
	parts = append(parts, clock(now.Sub(s.began)))
	if left, ok := s.left(now); ok {
		parts = append(parts, roughly(left)+" left")
	}
	if s.what != "" {
		parts = append(parts, s.what)
	}
	return cut(bar(s.part(), 20)+" "+printable(strings.Join(parts, "  ")), columns)
}

// part returns how much of the work is done, from 0 to 1. The writing of an output
// counts as much as a quarter of all, where nothing tells how long it takes.
func (s *status) part() float64 {
	written := 0.0
	if s.total > 0 {
		written = float64(s.done) / float64(s.total)
	}
	all := s.history.Rest(s.image, 0)
	if all.Complete() && all.Time > 0 {
		rest := s.rest(written)
		return min(max(1-float64(rest)/float64(all.Time), 0), 1)
	}
	steps := 1.0
	if n := len(s.image.Steps); n > 0 {
		steps = (float64(s.steps) + s.share) / float64(n)
	}
	if s.image.Output == "" {
		return steps
	}
	return 0.75*steps + 0.25*written
}

// rest returns how long what is not done takes, going by earlier runs.
func (s *status) rest(written float64) time.Duration {
	n := len(s.image.Steps)
	left := s.history.Rest(s.image, s.steps).Time
	if s.step > 0 {
		left -= time.Duration(s.share * float64(s.history.StepTime(s.image, s.step-1)))
	}
	if s.total > 0 && s.steps == n {
		left -= time.Duration(written * float64(s.history.Rest(s.image, n).Time))
	}
	return max(left, 0)
}

// left returns how long it is going to take, if earlier runs tell. What takes longer
// than it did is not counted down below nothing.
func (s *status) left(now time.Time) (time.Duration, bool) {
	if e := s.history.Rest(s.image, s.steps); !e.Complete() || e.Time == 0 {
		return 0, false
	}
	written := 0.0
	if s.total > 0 {
		written = float64(s.done) / float64(s.total)
	}
	left := s.rest(written)
	if s.step > 0 && s.share == 0 {
		left -= min(now.Sub(s.since), s.history.StepTime(s.image, s.step-1))
	}
	return max(left, 0), true
}

// bar draws a part of a whole.
func bar(part float64, columns int) string {
	full := int(part * float64(columns))
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", columns-full) + "]"
}

// clock returns a duration as clocks show it.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// cut shortens a line to so many characters.
func cut(text string, columns int) string {
	r := []rune(text)
	if len(r) <= columns {
		return text
	}
	return string(r[:max(columns-1, 0)]) + "…"
}
