package executor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// apply carries out steps in one batch, and reads each back.
func (h *hand) apply(ctx context.Context, from, to int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h.batch = batch{time.Now(), to - from}
	way := h.way(from)
	if way == nil {
		return stepError(h.item(from), "apply", fmt.Errorf("%w: this version of gild does not know the way %q", ErrStale, h.img.Steps[from].Way))
	}
	var changes []providers.Change
	var steps []int // the steps of the changes
	for i := from; i < to; i++ {
		c, err := h.change(ctx, h.session, h.item(i))
		if err != nil {
			return err
		}
		if h.img.Steps[i].Again != "" {
			c.Action = h.img.Steps[i].Action
		}
		if c.Action != planner.NoChange {
			changes, steps = append(changes, c), append(steps, i)
		}
		if err := h.tell(i, record.Event{Type: record.StepStart}); err != nil {
			return err
		}
	}
	for batch := range sameAction(changes) {
		err := way.Apply(ctx, h.session, h.Host, batch)
		if some, ok := errors.AsType[*providers.BatchError](err); ok && to-from > 1 {
			return h.batchError(ctx, from, append(steps, to), some)
		}
		if err != nil {
			return h.applyError(from, to, err)
		}
		steps = steps[len(batch):]
	}
	for i := from; i < to; i++ {
		if err := h.readBack(ctx, h.session, h.item(i)); err != nil {
			return err
		}
		if err := h.tellDone(i); err != nil {
			return err
		}
	}
	return nil
}

// sameAction yields groups of consecutive changes with the same action. A change may have another
// action than planned, since the image has changed since then.
func sameAction(changes []providers.Change) iter.Seq[[]providers.Change] {
	return func(yield func([]providers.Change) bool) {
		for len(changes) > 0 {
			n := 1
			for n < len(changes) && changes[n].Action == changes[0].Action {
				n++
			}
			if !yield(changes[:n:n]) {
				return
			}
			changes = changes[n:]
		}
	}
}

// batchError is the error of a batch for which it is known which steps failed: the way has named
// them, and the others were read back.
type batchError struct {
	failed map[int]error // by step
	tried  int           // steps from here on were not tried
}

func (e *batchError) Error() string { return errors.Join(e.Unwrap()...).Error() }

func (e *batchError) Unwrap() []error {
	var all []error
	for _, step := range slices.Sorted(maps.Keys(e.failed)) {
		all = append(all, e.failed[step])
	}
	return all
}

// batchError returns the error that names the failed steps. steps holds the step of each change,
// and at its end the step that follows them. If a step failed that the way has not named, it is
// unknown which others did.
func (h *hand) batchError(ctx context.Context, from int, steps []int, some *providers.BatchError) error {
	e := &batchError{failed: map[int]error{}, tried: steps[some.Tried]}
	for i, err := range some.Failed {
		e.failed[steps[i]] = stepError(h.item(steps[i]), h.doing(steps[i]), err)
	}
	for i := from; i < e.tried; i++ {
		if e.failed[i] == nil && h.readBack(ctx, h.session, h.item(i)) != nil {
			return errors.Join(e.Unwrap()...)
		}
	}
	return e
}

// applyError returns the error of a batch. An error of several steps belongs to none of them:
// bisecting finds the one at fault.
func (h *hand) applyError(from, to int, err error) error {
	const named = 5
	doing := h.doing(from)
	if to-from == 1 {
		return stepError(h.item(from), doing, err)
	}
	var names []string
	for i := from; i < to; i++ {
		err = &withheld{err, h.item(i)}
		if len(names) < named {
			names = append(names, h.Name(i))
		}
	}
	if more := to - from - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return fmt.Errorf("one of %s: %s: %w", strings.Join(names, ", "), doing, err)
}

// doing says what a step does, for messages.
func (h *hand) doing(step int) string {
	s := h.img.Steps[step]
	return fmt.Sprintf("%s (%s)", s.Action, s.Text)
}

// tellDone records that a step of the current batch is made and read back.
func (h *hand) tellDone(step int) error {
	h.last = max(h.last, step+1)
	return h.tell(step, record.Event{Type: record.StepDone, Elapsed: time.Since(h.batch.began).Seconds()})
}

// tell records the outcome of a step.
func (h *hand) tell(step int, e record.Event) error {
	s, it := h.img.Steps[step], h.item(step)
	e.Address, e.Action, e.Way, e.Effect = it.Addr.String(), string(s.Action), s.Way, s.Text
	e.Step, e.Steps, e.ID = step+1, len(h.img.Steps), s.ID
	if h.batch.steps > 1 && e.Type != record.StepSkipped {
		e.Batch = h.batch.steps
	}
	return notTheSteps(h.record(e))
}
