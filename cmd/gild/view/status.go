package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
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

// status is the progress of one image, with estimates from earlier runs. Times at which
// something is are seconds since the run began.
type status struct {
	*record.Image
	plan      *planner.Image
	history   *history.History
	announced float64 // when the work began that was announced last; -1: none
}

func (s *status) state() state {
	switch {
	case record.Made(s.Outcome):
		return made
	case s.Outcome == record.Failed:
		return failed
	case s.Doing.Phase == "":
		return idle
	case s.Doing.Phase == record.PhaseWait:
		return waiting
	}
	return working
}

// phases says what is done to an image in phases that may take long.
var phases = map[string]string{
	record.PhaseOpen: "opening", record.PhaseCheckpoint: "making a checkpoint", record.PhaseVerify: "reading everything back", record.PhaseWrite: "writing",
}

// doing says what is being done, and to what: a resource or the image. What is empty if
// it is nothing that may take long.
func (s *status) doing() (thing, what string) {
	if n := s.Doing.Step; n > 0 {
		step := s.Steps[n-1]
		return step.Address, doing(providers.Action(step.Action))
	}
	return s.Name, phases[s.Doing.Phase]
}

// text is the same in short.
func (s *status) text() string {
	thing, what := s.doing()
	if s.Doing.Step > 0 {
		return record.Local(thing, s.Name) + ": " + what
	}
	return what
}

// since is when that began.
func (s *status) since() float64 {
	if n := s.Doing.Step; n > 0 {
		return s.Steps[n-1].Began
	}
	return s.Doing.Since
}

// line returns the status, with a bar of that many columns.
func (s *status) line(at float64, barColumns int) string {
	parts := []string{fmt.Sprintf("%d/%d steps", s.Ready(), len(s.Steps))}
	if s.Doing.Size > 0 {
		parts = append(parts, size.Text(s.Doing.Written)+" of "+size.Text(s.Doing.Size))
	}
	parts = append(parts, clock(history.Duration(at-s.Began)))
	if left, ok := s.left(at); ok {
		parts = append(parts, roughly(left)+" left")
	}
	if text := s.text(); text != "" {
		parts = append(parts, text)
	}
	return bar(s.part(), barColumns) + " " + printable(strings.Join(parts, "  "))
}

// part returns how much of the work is done, from 0 to 1. Writing the output counts
// as a quarter of all work if no earlier run tells how long it takes.
func (s *status) part() float64 {
	all := s.history.Rest(s.plan, 0)
	if all.Complete() && all.Time > 0 {
		return min(max(1-float64(s.rest())/float64(all.Time), 0), 1)
	}
	steps := 1.0
	if n := len(s.Steps); n > 0 {
		steps = (float64(s.Ready()) + s.Doing.Share) / float64(n)
	}
	if s.Output == "" {
		return steps
	}
	return 0.75*steps + 0.25*s.written()
}

// written returns the share of the output that is written, from 0 to 1.
func (s *status) written() float64 { return float64(s.Doing.Written) / float64(max(s.Doing.Size, 1)) }

// rest estimates the time of the remaining work from earlier runs.
func (s *status) rest() time.Duration {
	left := s.history.Rest(s.plan, s.Ready()).Time
	if n := s.Doing.Step; n > 0 {
		left -= time.Duration(s.Doing.Share * float64(s.history.StepTime(s.plan, n-1)))
	}
	if s.Ready() == len(s.Steps) {
		left -= time.Duration(s.written() * float64(s.history.Rest(s.plan, len(s.Steps)).Time))
	}
	return max(left, 0)
}

// left estimates the remaining time, if earlier runs tell. It is never negative.
func (s *status) left(at float64) (time.Duration, bool) {
	if e := s.history.Rest(s.plan, s.Ready()); !e.Complete() || e.Time == 0 {
		return 0, false
	}
	left := s.rest()
	if n := s.Doing.Step; n > 0 && s.Doing.Share == 0 {
		left -= min(history.Duration(at-s.since()), s.history.StepTime(s.plan, n-1))
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
