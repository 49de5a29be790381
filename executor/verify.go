package executor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/sync/errgroup"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

// readAll reads items out of an image.
func (r *run) readAll(ctx context.Context, s image.Session, items []*planner.Item) ([]cty.Value, error) {
	have := make([]cty.Value, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(4, runtime.GOMAXPROCS(0)))
	for i, it := range items {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			v, err := planner.Read(ctx, r.kinds[it.Addr.Kind], s, it.Want)
			if err != nil {
				return stepError(it, "read it back", err)
			}
			have[i] = v
			return nil
		})
	}
	return have, g.Wait()
}

// verify reads every item out of an image, and returns how many are as wanted:
// all that are not left out, or there is an error that names each that is not. Of one
// that is left out in part it reads the others, and does not count it.
func (r *run) verify(ctx context.Context, s image.Session) (int, error) {
	var items []*planner.Item
	n := 0
	for i := range r.img.Items {
		items = append(items, r.img.Whole(i, r.kinds)...)
		if !r.img.LeftOut(i) {
			n++
		}
	}
	have, err := r.readAll(ctx, s, items)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i, it := range items {
		errs = append(errs, r.compare(it, r.kinds[it.Addr.Kind].Schema, have[i]))
	}
	return n, errors.Join(errs...)
}

// checkFresh tells whether source and output are what they were when the plan was
// made; if not, that is [ErrStale]. It is finished when there is nothing to do:
// the plan says so, or another run has carried it out meanwhile.
func (r *run) checkFresh(ctx context.Context) (finished bool, err error) {
	source, err := r.backend.Open(ctx, r.img.Source, image.OpenOptions{Log: r.Log})
	if err != nil {
		return false, fmt.Errorf("open the source: %w", err)
	}
	defer source.Close()
	if r.img.Target != "" {
		have, err := r.readAll(ctx, source, r.img.Items)
		if err == nil && planner.FoundTarget(r.img.Items, have) != r.img.Found {
			err = fmt.Errorf("%w: %s is not what it was when the plan was made; make a new plan", ErrStale, r.img.Target)
		}
		return r.img.UpToDate, err
	}
	info, err := source.Info(ctx)
	if err == nil && info.Fingerprint != r.img.Fingerprint {
		err = fmt.Errorf("%w: the source %s, image %d, is not what it was when the plan was made; make a new plan", ErrStale, r.img.Source.Path, r.img.Source.Index)
	}
	if err != nil {
		return false, err
	}
	return r.checkOutput(ctx)
}

func (r *run) checkOutput(ctx context.Context) (finished bool, err error) {
	if _, err := os.Stat(r.img.Output); errors.Is(err, fs.ErrNotExist) {
		if r.img.Found != planner.NotThere {
			return false, fmt.Errorf("%w: the output %s, which was there when the plan was made, is gone; make a new plan", ErrStale, r.img.Output)
		}
		r.parts = r.leftParts()
		if r.img.Export.SplitSize > 0 {
			return false, r.checkForeign(2)
		}
		return false, nil
	}
	output, err := r.backend.Open(ctx, image.Ref{Path: r.img.Output, Index: 1}, image.OpenOptions{Log: r.Log})
	if err != nil {
		return false, fmt.Errorf("open the output as it is: %w", err)
	}
	defer output.Close()
	info, err := output.Info(ctx)
	switch {
	case err != nil:
		return false, fmt.Errorf("read the output as it is: %w", err)
	case planner.FoundOutput(info) == r.img.Found:
		r.parts = max(info.Parts, r.leftParts())
		return r.img.UpToDate, nil
	}
	// A run that was killed right after giving the output its name has done all.
	if receipt, err := planner.ParseReceipt(info.Receipt); err == nil && receipt != nil && receipt.Head == r.img.Head && info.Seal == image.SealWhole {
		if _, err := r.verify(ctx, output); err == nil {
			r.result.Reused, r.result.Verified = len(r.img.Steps), len(r.img.Items)
			if r.parts = r.leftParts(); r.parts > 0 {
				if err := r.tidy(info.Parts); err != nil {
					return false, err
				}
			}
			r.emit(Event{Type: ImageDone, Elapsed: time.Since(r.began), Steps: len(r.img.Steps), Message: r.img.Output})
			return true, nil
		}
	}
	return false, fmt.Errorf("%w: the output %s is not what it was when the plan was made; make a new plan", ErrStale, r.img.Output)
}
