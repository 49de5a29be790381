package executor

import (
	"context"
	"errors"
	"runtime"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/sync/errgroup"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// read reads an item from an image.
func (s *subject) read(ctx context.Context, in image.Session, it *planner.Item, doing string) (cty.Value, error) {
	have, err := planner.Read(ctx, s.kinds[it.Addr.Kind], in, it.Want)
	if err != nil {
		err = stepError(it, doing, err)
	}
	return have, err
}

// readAll reads items from an image, several at the same time.
func (s *subject) readAll(ctx context.Context, in image.Session, items []*planner.Item) ([]cty.Value, error) {
	have := make([]cty.Value, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(4, runtime.GOMAXPROCS(0)))
	for i, it := range items {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				have[i], err = s.read(ctx, in, it, "read it back")
			}
			return err
		})
	}
	return have, g.Wait()
}

// verify reads every item from an image, and returns how many are as wanted: all that are not
// left out. Otherwise the error names each item that differs. Of an item that is left out in
// part, it reads the other parts, and does not count it.
func (s *subject) verify(ctx context.Context, in image.Session) (int, error) {
	items, n := s.img.Left(s.kinds)
	have, err := s.readAll(ctx, in, items)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i, it := range items {
		errs = append(errs, s.compare(it, have[i]))
	}
	return n, errors.Join(errs...)
}

// change compares the item with the current image. An earlier step may have made the change
// already.
func (s *subject) change(ctx context.Context, in image.Session, it *planner.Item) (providers.Change, error) {
	have, err := s.read(ctx, in, it, "read it before the change")
	if err != nil {
		return providers.Change{}, err
	}
	action, _ := planner.Diff(s.kinds[it.Addr.Kind].Schema, it.Want, have, it.Absent)
	return providers.Change{Addr: it.Addr, Action: action, Want: it.Want, Have: providers.There(have)}, nil
}

func (s *subject) readBack(ctx context.Context, in image.Session, it *planner.Item) error {
	have, err := s.read(ctx, in, it, "read it back")
	if err != nil {
		return err
	}
	return s.compare(it, have)
}

// compare returns an error if an item is not as wanted.
func (s *subject) compare(it *planner.Item, have cty.Value) error {
	if action, ds := planner.Diff(s.kinds[it.Addr.Kind].Schema, it.Want, have, it.Absent); action != planner.NoChange {
		return stepError(it, "verify", mismatch(it, action, ds))
	}
	return nil
}
