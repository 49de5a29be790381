package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gildhq/gild/image"
)

// neighbours returns how many of the next steps are made at once: those of one
// kind that are done in one way, which takes batches, and by the same action, as
// long as none depends on another of them and no checkpoint comes between them.
func (r *run) neighbours() int {
	way := r.way(r.done)
	if way == nil || !way.Batch {
		return 1
	}
	n := 1
	for r.done+n < len(r.img.Steps) && n < r.toBranch() && !r.fixed(r.done+n) && r.joins(r.done+n) {
		n++
	}
	return n
}

// joins tells whether a step can be made at once with those from the next one up to it.
func (r *run) joins(step int) bool {
	first := r.img.Steps[r.done]
	if r.way(step) != r.way(r.done) || r.img.Steps[step].Action != first.Action {
		return false
	}
	for i := r.done; i < step; i++ {
		if slices.Contains(r.item(step).DependsOn, r.item(i).Addr) {
			return false
		}
	}
	return true
}

// advance makes the next n steps. A batch that fails is made again in halves, so
// that each change that can't be made is named by itself, and what comes before
// the first of them is sealed. Where it leaves an image that can't be trusted, the
// run ends.
func (r *run) advance(ctx context.Context, n int) error {
	err := r.apply(ctx, r.done, n)
	if err == nil {
		r.done += n
		return nil
	}
	if n == 1 || ctx.Err() != nil || errors.Is(err, image.ErrSpoiled) {
		return err
	}
	r.emit(Event{Type: Warning, Err: err, Message: fmt.Sprintf("%d changes that are made at once failed; they are made in smaller parts to find out which", n)})
	return r.bisect(ctx, n)
}

// bisect makes the next n steps in two halves. A step that fails leaves the image
// as nobody knows: so each attempt starts from the last checkpoint, and nothing is
// sealed after a failure.
func (r *run) bisect(ctx context.Context, n int) error {
	if err := r.back(ctx); err != nil {
		return err
	}
	from, half := r.done, n/2
	if err := r.advance(ctx, half); err != nil {
		return errors.Join(err, r.try(ctx, from+half, n-half))
	}
	if err := r.checkpoint(ctx); err != nil {
		return err
	}
	return r.advance(ctx, n-half)
}

// back takes the image to the state before the next step, whatever a failed
// attempt has left: it opens the last checkpoint, makes the steps since then again
// and seals them. A folder can't be taken back.
func (r *run) back(ctx context.Context) error {
	if r.img.Target != "" {
		return nil
	}
	if err := r.session.Close(); err != nil {
		return fmt.Errorf("close the image: %w", err)
	}
	to := r.done
	if err := r.openSession(ctx); err != nil {
		return err
	}
	if r.done != r.sealed {
		return fmt.Errorf("the backend opened the image at step %d, and %d are sealed", r.done, r.sealed)
	}
	for r.done < to {
		n := min(r.neighbours(), to-r.done)
		if err := r.apply(ctx, r.done, n); err != nil {
			return err
		}
		r.done += n
	}
	return r.checkpoint(ctx)
}

// try makes steps behind one that failed, only to find out which of them fail, too:
// a checkpoint stands for all steps before it, so these can't be kept. In a folder,
// where nothing can be taken back, they are.
func (r *run) try(ctx context.Context, from, n int) error {
	err := r.apply(ctx, from, n)
	if err == nil && r.img.Target != "" {
		return r.session.Commit(ctx, r.img.Steps[from+n-1].ID)
	}
	if err == nil || n == 1 || ctx.Err() != nil {
		return err
	}
	half := n / 2
	return errors.Join(r.try(ctx, from, half), r.try(ctx, from+half, n-half))
}

// openSession opens the image at the last checkpoint that belongs to the plan.
func (r *run) openSession(ctx context.Context) error {
	var err error
	r.session, err = r.backend.Open(ctx, r.img.Source, image.OpenOptions{
		Write: true, Name: r.img.Name, Store: r.Store, Chain: r.img.Chain(), Clock: r.img.Clock,
		AllowDirtyHives: r.img.AllowDirtyHives, Log: r.Log,
		LogDir: r.LogDir, Withhold: r.Withhold,
		Progress: func(done float64) {
			r.emit(Event{Type: StepProgress, Done: int64(done * 1000), Total: 1000})
		},
		Warn: func(text string) { r.emit(Event{Type: Warning, Message: text}) },
	})
	if err != nil {
		return fmt.Errorf("open %s for writing: %w", r.img.Source.Path, err)
	}
	r.done = 0
	if at := r.session.At(); at != "" {
		r.done = slices.Index(r.img.Chain(), at) + 1
		if r.done == 0 {
			return errors.Join(fmt.Errorf("the backend opened the image at checkpoint %s, which is not of the plan", at), r.session.Close())
		}
	}
	return nil
}
