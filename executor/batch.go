package executor

import (
	"context"
	"errors"
	"fmt"

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
	if r.img.Steps[step].LeftOut || r.way(step) != r.way(r.done) || r.img.Steps[step].Action != first.Action {
		return false
	}
	for i := r.done; i < step; i++ {
		if r.img.DependsOn(step, i) {
			return false
		}
	}
	return true
}

// reach makes the steps up to a number of them.
func (r *run) reach(ctx context.Context, to int) error {
	for r.done < to {
		if r.img.Steps[r.done].LeftOut {
			r.done++
		} else if err := r.advance(ctx, min(r.neighbours(), to-r.done)); err != nil {
			return err
		}
	}
	return nil
}

// advance makes the next n steps, or some of them, or leaves out what may be. A batch of
// which it is not known what failed is made again in halves, so that each change that can't be made is named
// by itself, and what comes before the first of them is sealed. Where it leaves an
// image that can't be trusted, the run ends, unless it may go on without some of them.
func (r *run) advance(ctx context.Context, n int) error {
	err := r.attempt(ctx, n)
	var parts *partError
	switch {
	case err == nil || !r.blames(ctx, err):
		return err
	case n == 1:
		return r.settle(ctx, err)
	case errors.As(err, &parts):
		return r.settleParts(ctx, n, parts)
	case errors.Is(err, image.ErrSpoiled) && !r.lenient(n):
		return err
	}
	r.emit(Event{Type: Warning, Err: err, Message: fmt.Sprintf("%d changes that are made at once failed; they are made in smaller parts to find out which", n)})
	return r.bisect(ctx, n)
}

// bisect makes the next n steps in two halves. A step that fails leaves the image
// as nobody knows: so each attempt starts from the last checkpoint, and nothing is
// sealed after a failure, unless the step is left out.
func (r *run) bisect(ctx context.Context, n int) error {
	from, half, to := r.done, r.done+n/2, r.done+n
	if err := r.back(ctx, from); err != nil {
		return err
	}
	if err := r.reach(ctx, half); err != nil {
		if !r.blames(ctx, err) {
			return err
		}
		return errors.Join(err, r.try(ctx, half, to-half))
	}
	if err := r.checkpoint(ctx); err != nil {
		return err
	}
	return r.reach(ctx, to)
}

// try makes steps behind one that failed, only to find out which of them fail, too:
// a checkpoint stands for all steps before it, so these can't be kept. In a folder,
// where nothing can be taken back, they are.
func (r *run) try(ctx context.Context, from, n int) error {
	err := r.apply(ctx, from, n)
	if err == nil && r.img.Target != "" {
		return r.session.Commit(ctx, r.img.Steps[from+n-1].ID)
	}
	if parts, ok := errors.AsType[*partError](err); ok && parts.to < from+n {
		return errors.Join(err, r.try(ctx, parts.to, from+n-parts.to))
	} else if ok {
		return err
	}
	if err == nil || n == 1 || !r.blames(ctx, err) || errors.Is(err, image.ErrSpoiled) {
		return err
	}
	half := n / 2
	return errors.Join(r.try(ctx, from, half), r.try(ctx, from+half, n-half))
}
