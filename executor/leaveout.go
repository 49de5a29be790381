package executor

import (
	"context"
	"errors"
	"fmt"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

// Skipped is a resource, or a part of one, that an image was made without.
type Skipped struct {
	Addr   dsl.Addr
	Place  planner.Place // where it is declared
	Marked bool          // its author says that the image is of use without it
	Err    error         // why
}

// blames tells whether an error is the fault of the steps that were being made, so
// that it would be another thing without them.
func (r *run) blames(ctx context.Context, err error) bool {
	_, notTheirs := errors.AsType[*runError](err)
	switch {
	case notTheirs, ctx.Err() != nil, errors.Is(err, ErrInterrupted), errors.Is(err, ErrStale):
		return false
	case r.img.Target != "" && errors.Is(err, image.ErrSpoiled):
		return false
	}
	return image.RemedyOf(err) != image.RemedyRoom
}

// lenient tells whether the run may go on without one of the next n steps.
func (r *run) lenient(n int) bool {
	for i := r.done; i < r.done+n; i++ {
		if r.item(i).Skip {
			return true
		}
	}
	return r.Continue
}

// settle decides what becomes of the next step, which failed for good: it is left out
// with all that depends on it if their author says that the image is of use without
// them, or if all errors are to be found; else the error stands.
func (r *run) settle(ctx context.Context, err error) error {
	from := r.done
	if stands := r.stands(from, err); stands != nil {
		if !r.Continue {
			return stands
		}
		err = stands
		r.failed = append(r.failed, err)
	}
	if err := r.leaveOut(from, err); err != nil {
		return err
	}
	if err := r.back(ctx, from); err != nil {
		return err
	}
	r.done = max(r.done, from+1)
	return nil
}

// stands returns the error of a step that the image is of no use without; nil if the step
// may be left out with all that depends on it.
func (r *run) stands(step int, err error) error {
	for _, lost := range r.img.Dependents(step) {
		it := r.item(lost)
		switch {
		case it.Skip:
		case lost != step && r.item(step).Skip:
			return fmt.Errorf("it can't be left out, because %s (%s:%d) depends on it and has no on_error = \"skip\": %w", it.Addr, it.Place.File, it.Place.Line, err)
		default:
			return err
		}
	}
	return nil
}

// leaveOut goes on without a step and all that depends on it: what is made from there on is
// a chain of its own. The image is for the caller to take back to before it.
func (r *run) leaveOut(from int, cause error) error {
	out := r.img.Dependents(from)
	for _, step := range out {
		it, err := r.item(step), cause
		if step != from {
			err = stepError(it, "leave it out", fmt.Errorf("it depends on %s, which failed", r.item(from).Addr))
		}
		if err := r.skip(step, Skipped{Addr: it.Addr, Place: it.Place, Marked: it.Skip, Err: err}); err != nil {
			return err
		}
	}
	r.img = r.img.Without(out, r.kinds)
	return nil
}

// lacking returns what the plan of an image has left out.
func lacking(img *planner.Image) []Skipped {
	var all []Skipped
	for _, it := range img.Items {
		for _, l := range it.Lacks {
			all = append(all, Skipped{Addr: l.Addr, Place: it.Place, Marked: true, Err: fmt.Errorf("%s: %s", l.Addr, l.Why)})
		}
	}
	return all
}

// skip tells that a step is left out.
func (r *run) skip(step int, s Skipped) error {
	r.result.Skipped = append(r.result.Skipped, s)
	message := "left out"
	if r.img.Target != "" {
		message = "left out; what it had changed before it failed can't be taken back in a folder"
	}
	planned := r.img.Steps[step]
	r.emit(Event{
		Type: StepSkipped, Addr: s.Addr, Action: planned.Action, Way: planned.Way, Effect: planned.Text,
		Step: step + 1, Steps: len(r.img.Steps), Message: message, Err: s.Err,
	})
	err := r.note(journal.Record{
		Type: journal.StepSkipped, Step: step + 1, Steps: len(r.img.Steps), ID: planned.ID, Address: s.Addr.String(),
		Action: string(planned.Action), Way: planned.Way, Error: r.Withhold(s.Err.Error()),
	})
	return notTheSteps(err)
}

// leftOut says how many resources were left out; nothing if none was.
func (r *run) leftOut() string {
	if len(r.result.Skipped) == 0 {
		return ""
	}
	return fmt.Sprintf("%d left out", len(r.result.Skipped))
}

// made counts the first n steps without those left out.
func (r *run) made(n int) int {
	made := 0
	for _, s := range r.img.Steps[:n] {
		if !s.LeftOut {
			made++
		}
	}
	return made
}

// failure is the error of a run that went on to find all errors; nil if there was none.
func (r *run) failure() error {
	if len(r.failed) == 0 {
		return nil
	}
	return errors.Join(r.failed...)
}

// runError is an error that no step is to blame for.
type runError struct{ error }

func (e *runError) Unwrap() error { return e.error }

func notTheSteps(err error) error {
	if err == nil {
		return nil
	}
	return &runError{err}
}
