package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/planner"
)

// state is the state of an image.
type state int

const (
	idle    state = iota // no event of it yet
	waiting              // for something else
	working
	made
	failed
)

// status is the progress of one image in steps and bytes of output, and the time it
// takes.
type status struct {
	history *history.History
	image   *planner.Image

	state       state
	began       time.Time
	steps       int       // done
	step        int       // at work, from 1; 0: none
	since       time.Time // what is at work
	share       float64   // of the step at work, from 0 to 1, where it tells
	what        string    // is at work
	done, total int64     // bytes of the output
}

// event updates the status.
func (s *status) event(e executor.Event, now time.Time) {
	s.enter(e.Type, now)
	begin := func(what string) { s.what, s.since, s.share = what, now, 0 }
	switch e.Type {
	case executor.ImageWait:
		s.step = 0
		begin("waiting")
	case executor.ImageStart:
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
	case executor.StepDone, executor.StepSkipped:
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
	}
}

// enter sets the image's state after an event.
func (s *status) enter(typ executor.EventType, now time.Time) {
	if s.state == idle {
		s.began = now
	}
	switch typ {
	case executor.ImageWait:
		s.state = waiting
	case executor.ImageDone:
		s.state = made
	case executor.Error:
		s.state = failed
	case executor.Warning:
	default:
		s.state = working
	}
}

// line returns the status, with a bar of that many columns.
func (s *status) line(now time.Time, barColumns int) string {
	parts := []string{fmt.Sprintf("%d/%d steps", s.steps, len(s.image.Steps))}
	if s.total > 0 {
		parts = append(parts, size.Text(s.done)+" of "+size.Text(s.total))
	}
	parts = append(parts, clock(now.Sub(s.began)))
	if left, ok := s.left(now); ok {
		parts = append(parts, roughly(left)+" left")
	}
	if s.what != "" {
		parts = append(parts, s.what)
	}
	return bar(s.part(), barColumns) + " " + printable(strings.Join(parts, "  "))
}

// part returns how much of the work is done, from 0 to 1. Writing the output counts
// as a quarter of all work if no earlier run tells how long it takes.
func (s *status) part() float64 {
	written := s.written()
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

// written returns the share of the output that is written, from 0 to 1.
func (s *status) written() float64 {
	if s.total <= 0 {
		return 0
	}
	return float64(s.done) / float64(s.total)
}

// rest estimates the time of the remaining work from earlier runs.
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

// left estimates the remaining time, if earlier runs tell. It is never negative.
func (s *status) left(now time.Time) (time.Duration, bool) {
	if e := s.history.Rest(s.image, s.steps); !e.Complete() || e.Time == 0 {
		return 0, false
	}
	left := s.rest(s.written())
	if s.step > 0 && s.share == 0 {
		left -= min(now.Sub(s.since), s.history.StepTime(s.image, s.step-1))
	}
	return max(left, 0), true
}

// bar draws a progress bar.
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
