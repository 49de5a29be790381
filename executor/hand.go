package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/sequencer"
	"github.com/gildhq/gild/image"
)

// hand carries out the sequencer's actions on the open image, and reports the results to it.
type hand struct {
	*run
	outlook *outlook
	seq     *sequencer.Sequencer
	session image.Session // open for writing
	batch   batch         // the current steps
	last    int           // step that was reported as made, from 1
}

// batch is the steps that are carried out together.
type batch struct {
	began time.Time
	steps int
}

// sequence returns the sequencer's input for an image.
func (a *applier) sequence(t *task, o *outlook) sequencer.Task {
	task := sequencer.Task{Steps: o.subject, Outlook: o, Checkpoint: o.img.Checkpoint, InPlace: o.img.Target != "", Continue: a.Continue}
	for _, b := range t.branches {
		task.Branches = append(task.Branches, b.steps)
	}
	return task
}

// makeSteps carries out the steps that are not in a checkpoint yet, and seals them.
func (h *hand) makeSteps(ctx context.Context) error {
	var e sequencer.Event
	for {
		e.Now, e.Stopped = time.Since(h.began).Seconds(), h.stopped() && ctx.Err() == nil
		next := h.seq.Next(e)
		count := h.seq.Count()
		h.done, h.sealed = count.Done, count.Sealed
		switch next.Do {
		case sequencer.Publish:
			return nil
		case sequencer.Stop:
			if h.last > h.done {
				h.tellKept(h.done) // what was tried after a failed one
			}
			return h.ending(next)
		}
		e = h.do(ctx, next)
	}
}

// do carries out one action of the sequencer.
func (h *hand) do(ctx context.Context, next sequencer.Action) (e sequencer.Event) {
	switch next.Do {
	case sequencer.Apply, sequencer.Try:
		e.Err = h.apply(ctx, next.From, next.To)
		if parts, ok := errors.AsType[*batchError](e.Err); ok {
			e.Failed, e.Tried = parts.failed, parts.tried
		}
		if e.Err != nil && next.Again {
			e.Err = fmt.Errorf("repeat the steps since the last checkpoint: %w", e.Err)
		}
	case sequencer.Accept:
		e.Err = h.accept(next.From, next.To)
	case sequencer.Keep:
		e.Err = h.keep(ctx, next.To)
	case sequencer.Wait:
		if !h.retry().Again(ctx, next.Attempt, next.Err) {
			e.Err = next.Err
		}
	case sequencer.Halve:
		h.warn(fmt.Sprintf("%d changes of one batch failed; gild bisects the batch to find the failing ones", next.To-next.From), next.Err)
	case sequencer.LeaveOut:
		e.Err = h.leaveOut(next.Out, next.Err)
	case sequencer.Reopen:
		e.At, e.Err = h.reopen(ctx)
	case sequencer.Seal:
		e.Err = h.seal(ctx, next.To)
	case sequencer.Share:
		e.Err = h.share(ctx, next.To)
	}
	if e.Err != nil {
		e.Fault = h.fault(ctx, e.Err)
	}
	return e
}

// fault classifies an error for the sequencer. The backend has already retried what waiting can
// solve. Errors in the folder of a target or in the store are not retried: a retry could damage
// data there.
func (h *hand) fault(ctx context.Context, err error) (f sequencer.Fault) {
	_, notTheirs := errors.AsType[*runError](err)
	remedy, spoiled := image.RemedyOf(err), errors.Is(err, image.ErrSpoiled)
	lost := spoiled && h.img.Target != "" // it can't be undone
	if spoiled {
		f |= sequencer.Spoiled
	}
	if !notTheirs && !lost && ctx.Err() == nil && remedy != image.RemedyRoom && !errors.Is(err, ErrStale) {
		f |= sequencer.Blamed
	}
	of := pathOf(err)
	kept := of != "" && (within(h.Store, of) || h.img.Target != "" && within(h.img.Target, of))
	switch {
	case remedy == image.RemedyRedo && !lost && !kept:
		f |= sequencer.Passing
	case remedy == image.RemedyWait:
		f |= sequencer.Waiting
	}
	return f
}

// ending returns the error of a run that ends before its image is complete.
func (h *hand) ending(stop sequencer.Action) error {
	all := len(h.img.Steps)
	switch {
	case !stop.Interrupted:
		return stop.Err
	case stop.Err != nil:
		return fmt.Errorf("%w before a retry: %d of %d steps are done and kept; the last attempt failed: %w", ErrInterrupted, h.sealed, all, stop.Err)
	case h.img.Target != "":
		return fmt.Errorf("%w: %d of %d steps are done in %s", ErrInterrupted, h.sealed, all, h.img.Target)
	}
	return fmt.Errorf("%w: %d of %d steps are done and kept", ErrInterrupted, h.sealed, all)
}

// retry returns the author's rule for more attempts. Each attempt is reported.
func (h *hand) retry() image.Retry {
	return image.Retry{
		Attempts: h.img.Retry.Attempts, Backoff: h.img.Retry.Backoff, Stop: h.Stop,
		Tell: func(a image.Attempt) {
			h.warn(fmt.Sprintf("attempt %d of %d follows in %s", a.N, a.Of, a.Wait), a.Reason)
		},
	}
}

// seal makes a checkpoint after the steps made so far. A target has no checkpoints: see keep.
func (h *hand) seal(ctx context.Context, made int) error {
	id, all := h.img.At(made), len(h.img.Steps)
	if h.img.Target != "" {
		return h.keep(ctx, made)
	}
	began := time.Now()
	if err := h.record(record.Event{Type: record.CheckpointStart, Step: made, Steps: all, ID: id}); err != nil {
		return err
	}
	if err := h.session.Commit(ctx, id); err != nil {
		return fmt.Errorf("seal the checkpoint after step %d of %d in %s: %w", made, all, h.Store, err)
	}
	took := time.Since(began).Seconds()
	h.outlook.prices = append(h.outlook.prices, took)
	return h.record(record.Event{Type: record.CheckpointDone, Step: made, Steps: all, ID: id, Elapsed: took})
}

// keep writes the changes to a target into its folder. They can't be undone. If the folder is a
// mounted image, the way it is unmounted decides whether the image gets them.
func (h *hand) keep(ctx context.Context, made int) error {
	if err := h.session.Commit(ctx, h.img.At(made)); err != nil {
		return fmt.Errorf("write what was changed into %s: %w", h.img.Target, err)
	}
	return nil
}

// accept reports the steps of a batch that succeeded although others of the batch failed.
func (h *hand) accept(from, to int) error {
	for step := from; step < to; step++ {
		if h.img.Steps[step].LeftOut {
			continue
		}
		if err := h.tellDone(step); err != nil {
			return err
		}
	}
	return nil
}

// share releases the images that wait for sealed steps. If they continue from the session's
// checkpoint, it forks there.
func (h *hand) share(ctx context.Context, sealed int) error {
	for _, b := range h.task.branches {
		if f, ok := image.As[image.Forker](h.session); ok && b.steps == sealed {
			if err := f.Fork(ctx); err != nil {
				return fmt.Errorf("let other images continue from step %d: %w", sealed, err)
			}
		}
	}
	for _, b := range h.task.branches {
		if b.steps <= sealed {
			h.task.reach(b)
		}
	}
	return nil
}
