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
	Apply    Do = "apply"     // carry out the steps From to To in one batch, and read each back
	Try      Do = "try"       // the same, only to learn whether they fail: the changes are not sealed
	Wait     Do = "wait"      // wait before the next attempt; attempt number Attempt failed. Fails if there is no next attempt
	Halve    Do = "halve"     // report that the steps From to To failed and are bisected
	LeaveOut Do = "leave out" // go on without the steps Out; the first has failed
	Accept   Do = "accept"    // report the steps From to To that were made, although others of their batch failed
	Reopen   Do = "reopen"    // open the image at its last checkpoint
	Seal     Do = "seal"      // seal the steps From to To
	Keep     Do = "keep"      // in a folder: write the changes of the steps up to To, although others failed
	Share    Do = "share"     // release the images that wait for the steps up to To, which are sealed
	Publish  Do = "publish"   // all steps are sealed: write the output and give it its name
	Stop     Do = "stop"      // end the run
)

// Action is what to do next. Steps are numbered from 0; From is the first one, To is one after
// the last.
type Action struct {
	Do
	From, To    int
	Again       bool  // of Apply: repeat steps that a failure undid
	Attempt     int   // of Wait, from 1
	Out         []int // of LeaveOut
	Interrupted bool  // of Stop: on request
	Err         error // the reason; of Stop: all errors, or nil if the run was asked to stop before it failed
}

// Fault classifies a failure.
type Fault uint

const (
	Blamed  Fault = 1 << iota // the steps of the action may have caused it
	Passing                   // a retry from the last checkpoint may succeed
	Waiting                   // a retry after a short wait may succeed
	Spoiled                   // the image is in an unknown state
)

// Event is the result of an action, and what is needed to decide on the next one.
type Event struct {
	Err   error // the error if it failed
	Fault Fault // of Err
	// Failed are the steps of Apply or Try that failed and left the image unchanged, where that
	// is known. The other steps before Tried are made; those from Tried on were not tried.
	Failed  map[int]error
	Tried   int
	At      int     // of Reopen: how many steps the image includes
	Now     float64 // seconds since a fixed point in time
	Stopped bool    // the run is asked to stop
}

// Steps gives access to the steps of an image.
type Steps interface {
	Len() int
	// Together reports whether the kinds of two steps allow them in one batch.
	Together(first, step int) bool
	// DependsOn reports whether a step depends on an earlier one.
	DependsOn(step, earlier int) bool
	// Dependents returns a step and, in order, those that depend on it, directly or indirectly.
	Dependents(step int) []int
	// Skip reports whether the resource of a step has on_error = "skip".
	Skip(step int) bool
	// Name returns a step's name for messages.
	Name(step int) string
}

// Outlook gives the current estimates for steps and checkpoints.
type Outlook interface {
	Expect(step int) policy.Step
	Rule() policy.Rule
}

// Task is the input of a sequencer.
type Task struct {
	Steps
	Outlook
	Checkpoint dsl.Checkpoint // the author's rule for checkpoints
	Branches   []int          // steps from which other images continue
	InPlace    bool           // changes can't be undone
	Continue   bool           // leave out everything that fails, to find all errors
}

// Sequencer is the state of a run. It has a stack of goals and pursues the last one; events add
// and remove goals.
type Sequencer struct {
	Task
	done, sealed int // how many steps; includes those left out
	reused       int // steps made by earlier runs, or for other images
	left         []bool
	goals        goals
	asked        Action
	errs         []error // errors of required steps
	pace         pace
}

// New returns a sequencer for an image that includes the first at steps already.
func New(t Task, at int) *Sequencer {
	return &Sequencer{Task: t, done: at, sealed: at, reused: at, left: make([]bool, t.Len()), pace: newPace(t)}
}

// Count counts steps.
type Count struct {
	Done, Sealed int // includes those left out
	Reused       int // made by earlier runs, or for other images
	Applied      int // made by this run
}

// Count counts the steps of the image by their outcome.
func (s *Sequencer) Count() Count {
	return Count{Done: s.done, Sealed: s.sealed, Reused: s.reused, Applied: s.made(s.done) - s.reused}
}

// Next returns the next action. The first call takes the state at the beginning, each later one
// the result of the previous action. Nothing follows [Publish] and [Stop].
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

// reopened continues from a checkpoint: the last one, or a later one of a run that has left out
// the same steps.
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

// pursue returns the next action for the last goal. If that needs no action, it changes or drops
// the goal.
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
		s.goals.drop() // already made, or sealed for another image in the meantime
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

// seal seals the steps made. If all of them were left out, no checkpoint is needed.
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

// due reports whether to make a checkpoint before the next steps. The one after the last step is
// always made.
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

// neighbours returns how many of the next steps form one batch: none depends on another, and
// there is no fixed checkpoint between them.
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
