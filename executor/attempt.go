package executor

import (
	"context"
	"errors"
	"fmt"

	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/image"
)

// attempt makes the next n steps, or some of them. What failed for a reason that may
// pass is tried again, each time from the last checkpoint.
func (r *run) attempt(ctx context.Context, n int) error {
	from := r.done
	err := r.apply(ctx, from, n)
	for tries := 1; err != nil && r.mayPass(err) && r.retry().Again(ctx, tries, err); tries++ {
		if err = r.back(ctx, from); err == nil {
			if r.done > from { // others have sealed them meanwhile
				return nil
			}
			err = r.apply(ctx, from, n)
		}
	}
	switch {
	case err == nil:
		r.done = from + n
	case r.stopped() && (r.mayPass(err) || image.RemedyOf(err) == image.RemedyWait):
		return fmt.Errorf("%w before something was tried again: %d of %d steps are done and kept; it had failed: %w", ErrInterrupted, r.sealed, len(r.img.Steps), err)
	}
	return err
}

// mayPass tells whether what failed may work from the last checkpoint on. What a
// backend could do by waiting, it has done. Where the image or the store is, whatever
// goes wrong is not tried again: there is more to lose than time.
func (r *run) mayPass(err error) bool {
	if image.RemedyOf(err) != image.RemedyRedo || r.img.Target != "" && errors.Is(err, image.ErrSpoiled) {
		return false
	}
	of := pathOf(err)
	return of == "" || !within(r.Store, of) && (r.img.Target == "" || !within(r.img.Target, of))
}

// retry is how the image's author wants things to be tried again. Each further
// attempt is told of and noted.
func (r *run) retry() image.Retry {
	return image.Retry{
		Attempts: r.img.Retry.Attempts, Backoff: r.img.Retry.Backoff, Stop: r.Stop,
		Tell: func(a image.Attempt) {
			message := fmt.Sprintf("attempt %d of %d follows in %s", a.N, a.Of, a.Wait)
			r.emit(Event{Type: Warning, Addr: addrOf(a.Reason), Message: message, Err: a.Reason})
			// A journal that can't be written stops the run where something depends on it.
			_ = r.note(journal.Record{Type: journal.Retry, Step: r.done + 1, Steps: len(r.img.Steps), Error: r.Withhold(a.Reason.Error())})
		},
	}
}

// back takes the image to the state after a number of steps, whatever a failed
// attempt has left: it opens the last checkpoint, makes the steps since then again
// and seals them. A folder can't be taken back.
func (r *run) back(ctx context.Context, to int) error {
	if r.img.Target != "" {
		return nil
	}
	if err := r.reopen(ctx); err != nil {
		return notTheSteps(err)
	}
	for r.done < to {
		if r.img.Steps[r.done].LeftOut {
			r.done++
			continue
		}
		n := min(r.neighbours(), to-r.done)
		if err := r.apply(ctx, r.done, n); err != nil {
			return notTheSteps(fmt.Errorf("make again what was done since the last checkpoint: %w", err))
		}
		r.done += n
	}
	return r.checkpoint(ctx)
}

// reopen opens the image at the last checkpoint once more.
func (r *run) reopen(ctx context.Context) error {
	if err := r.session.Close(); err != nil {
		return fmt.Errorf("close the image: %w", err)
	}
	if err := r.openSession(ctx); err != nil {
		return err
	}
	sealed := r.img.After(r.img.At(r.sealed))
	if r.done < sealed {
		return fmt.Errorf("the backend opened the image at step %d, and %d are sealed", r.done, r.sealed)
	}
	r.result.Reused += r.made(r.done) - r.made(sealed) // of a run that left out the same
	r.sealed = r.done
	return nil
}

// openSession opens the image at the last checkpoint that belongs to the plan.
func (r *run) openSession(ctx context.Context) error {
	session, err := r.backend.Open(ctx, r.img.Source, image.OpenOptions{
		Write: true, Name: r.img.Name, Store: r.Store, Chain: r.img.Chain(), Clock: r.img.Clock,
		AllowDirtyHives: r.img.AllowDirtyHives, Log: r.Log,
		LogDir: r.LogDir, LogLevel: r.LogLevel, Silence: r.plan.DISMTimeout, CleanupMountpoints: r.plan.CleanupMountpoints, Scratch: r.scratch, Withhold: r.Withhold,
		Progress: func(done float64) {
			r.emit(Event{Type: StepProgress, Done: int64(done * 1000), Total: 1000})
		},
		Retry: r.retry(),
		Warn:  func(text string) { r.emit(Event{Type: Warning, Message: text}) },
	})
	if err != nil {
		return fmt.Errorf("open %s for writing: %w", r.img.Source.Path, err)
	}
	done := r.img.After(session.At())
	if done < 0 {
		return errors.Join(fmt.Errorf("the backend opened the image at checkpoint %s, which is not of the plan", session.At()), session.Close())
	}
	r.session, r.done = session, done
	return nil
}
