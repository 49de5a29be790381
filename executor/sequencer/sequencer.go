// Package sequencer decides, from what happened so far, what to do next for an
// image: which steps to make together, when to seal them, what to do when some fail,
// and when to publish the image.
//
// It does nothing itself, and reads no image, no clock and no file:
// [Sequencer.Next] takes the result of the last [Action] and returns the next one.
// So the same decisions serve apply and the forecast, and are tested without an
// image.
//
// # How steps are made
//
// Neighbouring steps of one way are made together as a batch, and read back. After a transient
// error they are tried again from the last checkpoint. A batch that still fails is bisected:
// its first half is sealed before the second begins, so that each step at fault is found and
// the steps before it are kept. A single step that still fails is left out with all that
// depends on it, if that is allowed. Otherwise the steps after it are tried, only to find out
// which of them fail, too, and the run ends.
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
	Try      Do = "try"       // the same, only to learn whether they fail: the changes are not sealed
	Wait     Do = "wait"      // wait before another attempt, after number Attempt failed; it fails if there is none
	Halve    Do = "halve"     // report that the steps From to To failed and are bisected
	LeaveOut Do = "leave out" // go on without the steps Out; the first has failed
	Accept   Do = "accept"    // say that the steps From to To are made, those left out apart: of their batch others have failed
	Reopen   Do = "reopen"    // open the image at its last checkpoint
	Seal     Do = "seal"      // seal the steps From to To, which are made
	Keep     Do = "keep"      // of a folder: write what is made of the steps up to To, although others failed
	Share    Do = "share"     // release the images that wait for the steps up to To, which are sealed
	Publish  Do = "publish"   // all steps are sealed: write the output and give it its name
	Stop     Do = "stop"      // end the run
)

// Action is what to do next. Steps are counted from 0; From is the first one, To comes
// after the last.
type Action struct {
	Do
	From, To    int
	Again       bool  // of Apply: they were made before, and a failure undid them
	Attempt     int   // of Wait, from 1
	Out         []int // of LeaveOut
	Interrupted bool  // of Stop: on request
	Err         error // why; of Stop: all that has failed, nil if it was asked for in time
}

// Fault classifies a failure.
type Fault uint

const (
	Blamed  Fault = 1 << iota // it would be another thing without the steps being made
	Passing                   // the same may work from the last checkpoint on
	Waiting                   // the same may work in a moment
	Spoiled                   // the image can't be trusted any more
)

// Event is the result of an action, with what is needed to decide on the next one.
type Event struct {
	Err   error // it failed
	Fault Fault // of Err
	// Failed are the steps of Apply or Try that have failed and left the image as it was,
	// where that is known. The others are made, up to Tried, from which on none was tried.
	Failed  map[int]error
	Tried   int
	At      int     // of Reopen: how many steps the image is made with
	Now     float64 // seconds since a fixed moment
	Stopped bool    // the run is asked to stop
}

// Steps are those of an image.
type Steps interface {
	Len() int
	// Together tells whether the kinds of two steps let them be made in one batch.
	Together(first, step int) bool
	// DependsOn tells whether a step has to wait for an earlier one.
	DependsOn(step, earlier int) bool
	// Dependents returns a step and, in order, those that depend on it, also by way of others.
	Dependents(step int) []int
	// Skip tells whether a step's resource has on_error = "skip".
	Skip(step int) bool
	// Name names a step in a message.
	Name(step int) string
}

// Outlook is the present estimate of steps and checkpoints.
type Outlook interface {
	Expect(step int) policy.Step
	Rule() policy.Rule
}

// Task is the input of a sequencer.
type Task struct {
	Steps
	Outlook
	Checkpoint dsl.Checkpoint // when the author wants one
	Branches   []int          // numbers of steps from which other images go on
	InPlace    bool           // changes can't be undone
	Continue   bool           // leave out everything that fails, to find it all
}

// Sequencer is the state of a run. It has a stack of goals and pursues the last one;
// events add and remove goals.
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

// New returns a sequencer for an image with that many steps made.
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

// Next returns the next action. The first call takes the state at the beginning, each
// later one the result of the action before. Nothing follows [Publish] and [Stop].
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

// pursue returns the next action for the last goal; or it changes or drops the goal.
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

// proceed sets a new goal if none is left: the next steps, or the end.
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

// seal seals the steps made. If all of them were left out, that needs no
// checkpoint.
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

// share releases the images that wait for sealed steps.
func (s *Sequencer) share() {
	if len(s.Branches) > 0 {
		s.do(Action{Do: Share, To: s.sealed})
	}
}

// due tells whether to make a checkpoint before the next steps. The one after the last step
// is always made.
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

// neighbours returns how many of the next steps are one batch: none depends on another,
// and no fixed checkpoint comes between them.
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
