package executor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// applySteps makes the changes that are not sealed yet, and seals them.
func (r *run) applySteps(ctx context.Context) error {
	for r.done < len(r.img.Steps) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.stopped() {
			return r.interrupt(ctx)
		}
		err := r.reach(ctx, r.done+r.neighbours())
		r.result.Applied = r.made(r.done) - r.result.Reused
		if err != nil {
			return err
		}
		if r.due() {
			if err := r.checkpoint(ctx); err != nil {
				return err
			}
		}
	}
	if r.stopped() {
		return r.interrupt(ctx)
	}
	if err := r.checkpoint(ctx); err != nil {
		return err
	}
	return r.failure()
}

// interrupt seals what was done and ends the run.
func (r *run) interrupt(ctx context.Context) error {
	if err := r.checkpoint(ctx); err != nil {
		return err
	}
	kept := "done and kept"
	if r.img.Target != "" {
		kept = "done in " + r.img.Target
	}
	return fmt.Errorf("%w: %d of %d steps are %s", ErrInterrupted, r.sealed, len(r.img.Steps), kept)
}

// item returns what a step is about: a resource, or a part of one.
func (r *run) item(step int) *planner.Item {
	it := r.items[step]
	if it == nil {
		if r.items == nil {
			r.items = map[int]*planner.Item{}
		}
		it = r.img.StepItem(step, r.kinds)
		r.items[step] = it
	}
	return it
}

func (r *run) way(step int) *providers.Way {
	return r.kinds[r.item(step).Addr.Kind].Way(r.img.Steps[step].Way)
}

// apply makes n steps, from one on, and reads each back.
func (r *run) apply(ctx context.Context, from, n int) error {
	began := time.Now()
	way := r.way(from)
	if way == nil {
		return stepError(r.item(from), "apply", fmt.Errorf("%w: this gild does not know the way %q", ErrStale, r.img.Steps[from].Way))
	}
	var changes []providers.Change
	var steps []int // of the changes
	for i := from; i < from+n; i++ {
		c, err := r.change(ctx, r.item(i))
		if err != nil {
			return err
		}
		if r.img.Steps[i].Again != "" {
			c.Action = r.img.Steps[i].Action
		}
		if c.Action != planner.NoChange {
			changes, steps = append(changes, c), append(steps, i)
		}
		if err := r.tellStep(i, journal.StepStart, StepStart, 0); err != nil {
			return err
		}
	}
	for batch := range sameAction(changes) {
		err := way.Apply(ctx, r.session, r.Host, batch)
		if some, ok := errors.AsType[*providers.BatchError](err); ok && n > 1 {
			return r.partError(append(steps, from+n), some, began)
		}
		if err != nil {
			return r.applyError(from, n, err)
		}
		steps = steps[len(batch):]
	}
	for i := from; i < from+n; i++ {
		if err := r.readBack(ctx, r.item(i)); err != nil {
			return err
		}
		if err := r.tellStep(i, journal.StepDone, StepDone, time.Since(began)); err != nil {
			return err
		}
	}
	return nil
}

// sameAction yields the runs of changes with one action. What the image holds by
// now may have made another action of a planned one.
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

// applyError is the error of n steps from one on. That of several is nobody's: which
// of them is to blame is found out by [run.bisect], where the image bears that.
func (r *run) applyError(from, n int, err error) error {
	const named = 5
	doing := r.doing(from)
	if n == 1 {
		return stepError(r.item(from), doing, err)
	}
	var names []string
	for i := from; i < from+n; i++ {
		it := r.item(i)
		err = &withheld{err, it}
		if len(names) < named {
			names = append(names, fmt.Sprintf("%s (%s:%d)", it.Addr, it.Place.File, it.Place.Line))
		}
	}
	if more := n - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return fmt.Errorf("one of %s: %s: %w", strings.Join(names, ", "), doing, err)
}

// doing says what a step does.
func (r *run) doing(step int) string {
	s := r.img.Steps[step]
	return fmt.Sprintf("%s (%s)", s.Action, s.Text)
}

// change compares the item with the image as it is now. An earlier step may have
// made it so already.
func (r *run) change(ctx context.Context, it *planner.Item) (providers.Change, error) {
	kind := r.kinds[it.Addr.Kind]
	have, err := planner.Read(ctx, kind, r.session, it.Want)
	if err != nil {
		return providers.Change{}, stepError(it, "read it before the change", err)
	}
	action, _ := planner.Diff(kind.Schema, it.Want, have, it.Absent)
	return providers.Change{Addr: it.Addr, Action: action, Want: it.Want, Have: have}, nil
}

func (r *run) readBack(ctx context.Context, it *planner.Item) error {
	kind := r.kinds[it.Addr.Kind]
	have, err := planner.Read(ctx, kind, r.session, it.Want)
	if err != nil {
		return stepError(it, "read it back", err)
	}
	return r.compare(it, kind.Schema, have)
}

// compare is the proof of one item.
func (r *run) compare(it *planner.Item, schema dsl.Schema, have cty.Value) error {
	if action, ds := planner.Diff(schema, it.Want, have, it.Absent); action != planner.NoChange {
		return stepError(it, "verify", mismatch(it, action, ds))
	}
	return nil
}

// tellStep notes a step in the journal and announces it.
func (r *run) tellStep(i int, rec journal.Type, event EventType, elapsed time.Duration) error {
	s, it := r.img.Steps[i], r.item(i)
	r.emit(Event{
		Type: event, Addr: it.Addr, Action: s.Action, Way: s.Way, Effect: s.Text,
		Step: i + 1, Steps: len(r.img.Steps), Elapsed: elapsed,
	})
	return notTheSteps(r.note(journal.Record{
		Type: rec, Step: i + 1, Steps: len(r.img.Steps), ID: s.ID, Address: it.Addr.String(), Action: string(s.Action), Way: s.Way,
	}))
}
