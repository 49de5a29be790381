// Package sequencer decides what is done next to make the steps of an image, from
// what has happened so far: which steps are made at once, when they are sealed, what
// follows when some fail, and when there is nothing left but to publish the image.
//
// It does nothing itself. It reads no image, no clock and no file: [Sequencer.Next]
// is handed what came of the last [Action] and returns the next one. So the same
// decisions carry out a plan, forecast how that will go, and are tested without an
// image.
//
// # How steps are made
//
// Neighbours that are done in one way are made at once, and read back. What fails for a
// reason that may pass is tried again from the last checkpoint. A batch that fails for good is
// made again in halves: the first half is sealed before the second one begins, so
// that each step that can't be made is found and what comes before it is kept. A single
// step that fails for good is left out with all that depends on it, if that is allowed; else
// the steps behind it are tried, only to find out which of them fail, too, and the
// run ends.
//
// A step that fails leaves the image in an unknown state. So nothing is sealed after a
// failure before the image was opened at its last checkpoint.
package sequencer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/policy"
)

// Do is what an [Action] asks for.
type Do string

const (
	Apply    Do = "apply"     // make the steps From to To at once, and read each back
	Try      Do = "try"       // the same, only to learn whether they fail: what is made is not sealed
	Wait     Do = "wait"      // before another attempt, after that of number Attempt has failed; it fails if there is none
	Halve    Do = "halve"     // say that the steps From to To have failed and are made in halves
	LeaveOut Do = "leave out" // go on without the steps Out; the first has failed
	Accept   Do = "accept"    // say that the steps From to To are made, those left out apart: of their batch others have failed
	Reopen   Do = "reopen"    // open the image at its last checkpoint
	Seal     Do = "seal"      // seal the steps From to To, which are made
	Keep     Do = "keep"      // of a folder: write what is made of the steps up to To, although others failed
	Share    Do = "share"     // let the images go on that wait for the steps up to To, which are sealed
	Publish  Do = "publish"   // all steps are sealed: write the output and give it its name
	Stop     Do = "stop"      // end the run
)

// Action is what is done next. Steps are counted from 0; From is the first one, and To
// comes behind the last.
type Action struct {
	Do
	From, To    int
	Again       bool  // of Apply: they were made before, and a failure has taken them back
	Attempt     int   // of Wait, from 1
	Out         []int // of LeaveOut
	Interrupted bool  // of Stop: because it was asked for
	Err         error // why; of Stop: all that has failed, nil if it was asked for in time
}

// Fault tells of a failure what may follow.
type Fault uint

const (
	Blamed  Fault = 1 << iota // it would be another thing without the steps being made
	Passing                   // the same may work from the last checkpoint on
	Waiting                   // the same may work in a moment
	Spoiled                   // what is left of the image can't be trusted
)

// Event is what came of an action, and what else is to be known before the next one.
type Event struct {
	Err   error // it failed
	Fault Fault // of Err
	// Failed are the steps of Apply or Try that have failed and left the image as it was,
	// where that is known. The others are made, up to Tried, from which on none was tried.
	Failed  map[int]error
	Tried   int
	At      int     // of Reopen: how many steps the image is made with
	Now     float64 // seconds since some moment that stays the same
	Stopped bool    // the run is asked to come to an end
}

// Steps are those of an image.
type Steps interface {
	Len() int
	// Together tells whether two steps may be made at once, as far as their kinds matter.
	Together(first, step int) bool
	// DependsOn tells whether a step has to wait for an earlier one.
	DependsOn(step, earlier int) bool
	// Dependents returns a step and, in order, those that depend on it, also by way of others.
	Dependents(step int) []int
	// Skip tells whether the author says that the image is of use without a step.
	Skip(step int) bool
	// Name names a step in a message.
	Name(step int) string
}

// Outlook is what is expected, by what is known when it is asked.
type Outlook interface {
	Expect(step int) policy.Step
	Rule() policy.Rule
}

// Task is what a sequencer is for.
type Task struct {
	Steps
	Outlook
	Checkpoint dsl.Checkpoint // when the author wants one
	Branches   []int          // numbers of steps from which other images go on
	InPlace    bool           // nothing can be taken back
	Continue   bool           // what fails is left out, to find all that does
}

// Sequencer is at some point of a run. It has a stack of goals, of which the last one is
// pursued; what happens adds goals or takes them away.
type Sequencer struct {
	Task
	done, sealed int // steps, those left out among them included
	reused       int // steps made by earlier runs, or by others
	left         []bool
	goals        goals
	asked        Action
	errs         []error // of steps without which the image is of no use
	pace         pace
}

// New returns a sequencer for an image that is made with so many steps.
func New(t Task, at int) *Sequencer {
	return &Sequencer{Task: t, done: at, sealed: at, reused: at, left: make([]bool, t.Len()), pace: newPace(t)}
}

// Count counts steps.
type Count struct {
	Done, Sealed int // those left out among them included
	Reused       int // made by earlier runs, or by others
	Applied      int // made by this run
}

// Count counts the steps of the image by what has become of them.
func (s *Sequencer) Count() Count {
	return Count{Done: s.done, Sealed: s.sealed, Reused: s.reused, Applied: s.made(s.done) - s.reused}
}

// Next returns what is done next. The first call is handed how things are at the
// beginning; each other one what came of the action before. Nothing follows [Publish] and
// [Stop].
func (s *Sequencer) Next(e Event) Action {
	if s.asked.Do == "" {
		s.pace.sealed(e.Now)
	}
	if e.Err != nil {
		s.failed(e)
	} else {
		s.succeeded(e)
	}
	for {
		if a, ok := s.pursue(e); ok {
			s.asked = a
			return a
		}
	}
}

// succeeded records that the last action is done.
func (s *Sequencer) succeeded(e Event) {
	switch a := s.asked; a.Do {
	case Apply, Accept:
		s.done = a.To
	case Try:
		if s.InPlace {
			s.do(Action{Do: Keep, To: a.To})
		}
	case Seal:
		s.sealed = a.To
		s.pace.sealed(e.Now)
		s.share()
	case Reopen:
		s.reopened(e.At)
	}
}

// reopened goes on from a checkpoint: the last one, or a later one of a run that has left
// out the same.
func (s *Sequencer) reopened(at int) {
	sealed := s.sealed
	for sealed > 0 && s.left[sealed-1] {
		sealed--
	}
	if at < sealed {
		s.stop(fmt.Errorf("the backend opened the image at step %d, and %d are sealed", at, s.sealed))
		return
	}
	s.reused += s.made(at) - s.made(sealed)
	s.done, s.sealed = at, at
}

// pursue returns what is done for the last goal; or it takes a step towards it, or drops it.
func (s *Sequencer) pursue(e Event) (Action, bool) {
	if len(s.goals) == 0 {
		s.proceed(e.Stopped)
	}
	g := *s.goals.top()
	switch g.kind {
	case finish:
		if len(s.errs) > 0 {
			return Action{Do: Stop, Err: errors.Join(s.errs...)}, true
		}
		return Action{Do: Publish}, true
	case reach, remake:
		switch {
		case s.done >= g.to:
			s.goals.drop()
		case s.left[s.done]:
			s.done++
		case g.kind == reach:
			s.goals.push(goal{kind: attempt, from: s.done, to: min(s.done+s.neighbours(), g.to)})
		default:
			return Action{Do: Apply, From: s.done, To: min(s.done+s.neighbours(), g.to), Again: true}, true
		}
	case attempt:
		if s.done == g.from {
			return Action{Do: Apply, From: g.from, To: g.to}, true
		}
		s.goals.drop() // made, or sealed by others meanwhile
	case judge:
		s.goals.drop()
		if s.due(e.Now) {
			s.goals.push(goal{kind: seal})
		}
	case seal:
		s.goals.drop()
		return s.seal()
	case act:
		s.goals.drop()
		return g.act, true
	}
	return Action{}, false
}

// proceed sets the next goal where none is left: the next steps, or the end.
func (s *Sequencer) proceed(stopped bool) {
	switch {
	case stopped:
		s.goals.push(goal{kind: act, act: Action{Do: Stop, Interrupted: true}}, goal{kind: seal})
	case s.done < s.Len():
		s.goals.push(goal{kind: judge}, goal{kind: reach, from: s.done, to: s.done + s.neighbours()})
	default:
		s.goals.push(goal{kind: finish}, goal{kind: seal})
	}
}

// seal seals what is made. Where that is nothing but what was left out, there is no
// checkpoint of its own.
func (s *Sequencer) seal() (Action, bool) {
	if s.made(s.sealed) < s.made(s.done) {
		return Action{Do: Seal, From: s.sealed, To: s.done}, true
	}
	if s.sealed < s.done {
		s.sealed = s.done
		s.share()
	}
	return Action{}, false
}

// share lets those go on that wait for what is sealed.
func (s *Sequencer) share() {
	if len(s.Branches) > 0 {
		s.do(Action{Do: Share, To: s.sealed})
	}
}

// due tells whether a checkpoint is to be made before the next steps. That after the last one
// is made in any case.
func (s *Sequencer) due(now float64) bool {
	return s.done < s.Len() && (s.pace.due(s.sealed, s.done, s.neighbours(), now) || slices.Contains(s.Branches, s.done))
}

// made counts the first n steps without those left out.
func (s *Sequencer) made(n int) int {
	made := 0
	for _, left := range s.left[:n] {
		if !left {
			made++
		}
	}
	return made
}

// neighbours returns how many of the next steps are made at once, as long as none depends
// on another of them and no checkpoint comes between them, whatever is measured.
func (s *Sequencer) neighbours() int {
	n := 1
	for next := s.done + 1; next < s.Len() && !slices.Contains(s.Branches, next) && !s.pace.fixed(s.sealed, next) && s.joins(next); next++ {
		n++
	}
	return n
}

func (s *Sequencer) joins(step int) bool {
	if s.left[step] || !s.Together(s.done, step) {
		return false
	}
	for i := s.done; i < step; i++ {
		if s.DependsOn(step, i) {
			return false
		}
	}
	return true
}
