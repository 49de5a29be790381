package executor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/providers"
)

// partError is the error of steps that were made at once, and of which it is known which
// failed: the way has told.
type partError struct {
	failed map[int]error // by step
	to     int           // steps from here on were not tried
	began  time.Time
}

func (e *partError) Error() string { return errors.Join(e.Unwrap()...).Error() }

func (e *partError) Unwrap() []error {
	var all []error
	for _, step := range e.steps() {
		all = append(all, e.failed[step])
	}
	return all
}

func (e *partError) steps() []int { return slices.Sorted(maps.Keys(e.failed)) }

// partError says which steps the changes were that failed. Behind the steps of the changes
// stands the one that comes next.
func (r *run) partError(steps []int, some *providers.BatchError, began time.Time) error {
	e := &partError{failed: map[int]error{}, to: steps[some.Tried], began: began}
	for i, err := range some.Failed {
		e.failed[steps[i]] = stepError(r.item(steps[i]), r.doing(steps[i]), err)
	}
	return e
}

// settleParts decides what becomes of the next n steps, of which some failed and have left
// the image as it was. The others stand, if they are read back, where those that failed may
// be left out. Where they may not, what comes before the first of them is made again and
// sealed: a checkpoint stands for all steps before it.
func (r *run) settleParts(ctx context.Context, n int, parts *partError) error {
	from, first := r.done, parts.steps()[0]
	for step := from; step < parts.to; step++ {
		if parts.failed[step] == nil && r.readBack(ctx, r.item(step)) != nil {
			return r.bisect(ctx, n) // more has failed than was told
		}
	}
	var stop error
	for _, step := range parts.steps() {
		stop = errors.Join(stop, r.stands(step, parts.failed[step]))
	}
	if stop != nil && !r.Continue && r.img.Target != "" {
		return errors.Join(stop, r.session.Commit(ctx, r.img.Steps[parts.to-1].ID)) // a folder keeps what is made
	}
	if stop != nil && !r.Continue {
		if err := r.back(ctx, from); err != nil {
			return err
		}
		if err := r.reach(ctx, first); err != nil {
			return errors.Join(err, stop)
		}
		return errors.Join(stop, r.checkpoint(ctx))
	}
	if stop != nil {
		r.failed = append(r.failed, stop)
	}
	for _, step := range parts.steps() {
		if err := r.leaveOut(step, parts.failed[step]); err != nil {
			return err
		}
	}
	for step := from; step < parts.to; step++ {
		if r.img.Steps[step].LeftOut {
			continue
		}
		if err := r.tellStep(step, journal.StepDone, StepDone, time.Since(parts.began)); err != nil {
			return err
		}
	}
	r.done = parts.to
	return nil
}
