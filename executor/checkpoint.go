package executor

import (
	"context"
	"fmt"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/journal"
)

// due tells whether the steps since the last checkpoint are worth one. Each one
// costs a copy of every hive that was changed, 100 MB of SOFTWARE in a real
// image, and most steps cost next to nothing: so time counts, and not steps.
func (r *run) due() bool {
	if r.atBranch() {
		return true
	}
	policy := dsl.Checkpoint{Every: 30 * time.Second}
	for _, c := range []dsl.Checkpoint{r.Checkpoint, r.img.Checkpoint} {
		if c.Steps > 0 || c.Every > 0 {
			policy = c
		}
	}
	return policy.Steps > 0 && r.done-r.sealed >= policy.Steps || policy.Every > 0 && time.Since(r.last) >= policy.Every
}

// checkpoint seals the steps done. It does nothing if they are.
func (r *run) checkpoint(ctx context.Context) error {
	if r.sealed == r.done {
		return nil
	}
	began := time.Now()
	id := r.img.Steps[r.done-1].ID
	if err := r.noteDurably(journal.Record{Type: journal.CheckpointIntent, Step: r.done, Steps: len(r.img.Steps), ID: id}); err != nil {
		return err
	}
	r.emit(Event{Type: CheckpointStart, Step: r.done, Steps: len(r.img.Steps)})
	if err := r.session.Commit(ctx, id); err != nil {
		return fmt.Errorf("seal the checkpoint after step %d of %d in %s: %w", r.done, len(r.img.Steps), r.Store, err)
	}
	r.sealed, r.last = r.done, time.Now()
	r.emit(Event{Type: CheckpointDone, Step: r.sealed, Steps: len(r.img.Steps), Elapsed: time.Since(began)})
	if err := r.passBranches(ctx); err != nil {
		return err
	}
	return r.note(journal.Record{Type: journal.CheckpointDone, Step: r.sealed, Steps: len(r.img.Steps), ID: id})
}
