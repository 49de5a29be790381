package executor

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/executor/policy"
)

// pace is what decides on the next checkpoint of a run.
type pace struct {
	steps  []policy.Step // what is expected of each step of the image
	work   policy.Work   // steps after the last checkpoint
	prices []float64     // seconds that checkpoints of this run took
}

// outlook returns what is expected of the image's steps.
func (r *run) outlook() []policy.Step {
	steps := make([]policy.Step, len(r.img.Steps))
	for i := range steps {
		steps[i] = r.expect(i)
	}
	return steps
}

// expect returns what is expected of a step, by what is known now.
func (r *run) expect(i int) policy.Step {
	seconds, _ := r.History.Expected(r.img, i)
	way := r.way(i)
	return policy.Step{
		Kind: r.item(i).Addr.Kind, Seconds: seconds, Failure: r.History.Failure(r.img, i),
		Irreversible: way != nil && way.Irreversible,
	}
}

// rule is the rule by which checkpoints are made now. Those of this run tell best
// what one costs: it is what has been changed that is copied.
func (r *run) rule() policy.Rule {
	rule := policy.Rule{Checkpoint: r.img.Checkpoint, Price: r.History.Price(r.img), MTBF: r.History.MTBF()}
	if n := len(r.pace.prices); n > 0 {
		rule.Price = slices.Sorted(slices.Values(r.pace.prices))[n/2]
	}
	return rule
}

// fixed tells whether a checkpoint comes before a step, if not behind it, whatever is
// measured until then: so no steps are made at once across it.
func (r *run) fixed(step int) bool {
	author := policy.Rule{Checkpoint: r.img.Checkpoint}
	return author.Steps > 0 && step-r.sealed >= author.Steps || author.Fixed(r.pace.steps, step)
}

// due tells whether a checkpoint is to be made before the next steps.
func (r *run) due() bool {
	if r.done >= len(r.img.Steps) {
		return false // the last one is made in any case
	}
	r.account(time.Since(r.last).Seconds())
	return r.dueAfter(r.pace.work)
}

func (r *run) dueAfter(work policy.Work) bool {
	rule := r.rule()
	return r.atBranch() || rule.Fixed(r.pace.steps, r.done) || rule.Due(work, r.next())
}

// next is what is expected of the steps that are made next.
func (r *run) next() policy.Step {
	batch := r.pace.steps[r.done : r.done+r.neighbours()]
	for i := range batch {
		batch[i] = r.expect(r.done + i)
	}
	return policy.Join(batch...)
}

// account adds the steps done since it was called last to the work that is not
// sealed, which has taken so many seconds by now.
func (r *run) account(seconds float64) {
	p := &r.pace
	if r.sealed+p.work.Steps > r.done {
		p.work = policy.Work{} // a failure has taken the image back
	}
	from := r.sealed + p.work.Steps
	sum := policy.Join(p.steps[from:r.done]...)
	sum.Seconds = max(seconds-p.work.Seconds, 0)
	p.work = r.rule().Add(p.work, r.done-from, sum)
}

// checkpoint seals the steps done. It does nothing if they are.
func (r *run) checkpoint(ctx context.Context) error {
	id := r.img.At(r.done)
	if r.sealed == r.done {
		return nil
	}
	if id == r.img.At(r.sealed) { // leaving something out changes nothing
		r.sealed = r.done
		return r.passBranches(ctx)
	}
	if r.img.Target != "" {
		return r.flush(ctx)
	}
	began := time.Now()
	if err := r.noteDurably(journal.Record{Type: journal.CheckpointIntent, Step: r.done, Steps: len(r.img.Steps), ID: id}); err != nil {
		return err
	}
	r.emit(Event{Type: CheckpointStart, Step: r.done, Steps: len(r.img.Steps)})
	if err := r.session.Commit(ctx, id); err != nil {
		return fmt.Errorf("seal the checkpoint after step %d of %d in %s: %w", r.done, len(r.img.Steps), r.Store, err)
	}
	took := time.Since(began)
	r.sealed, r.last = r.done, time.Now()
	r.pace.work, r.pace.prices = policy.Work{}, append(r.pace.prices, took.Seconds())
	r.emit(Event{Type: CheckpointDone, Step: r.sealed, Steps: len(r.img.Steps), Elapsed: took})
	if err := r.passBranches(ctx); err != nil {
		return err
	}
	return r.note(journal.Record{Type: journal.CheckpointDone, Step: r.sealed, Steps: len(r.img.Steps), ID: id})
}

// flush has what was changed in a target written into its folder. That is no checkpoint:
// what is done stays done, but nothing can be taken back, and whether a mounted image
// gets it is up to who unmounts it.
func (r *run) flush(ctx context.Context) error {
	if err := r.session.Commit(ctx, r.img.At(r.done)); err != nil {
		return fmt.Errorf("write what was changed into %s: %w", r.img.Target, err)
	}
	r.sealed, r.last, r.pace.work = r.done, time.Now(), policy.Work{}
	return r.passBranches(ctx)
}
