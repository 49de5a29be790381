package executor

import (
	"context"
	"errors"
	"runtime"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/sync/errgroup"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// readAll reads items out of an image.
func (s *subject) readAll(ctx context.Context, in image.Session, items []*planner.Item) ([]cty.Value, error) {
	have := make([]cty.Value, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(4, runtime.GOMAXPROCS(0)))
	for i, it := range items {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			v, err := planner.Read(ctx, s.kinds[it.Addr.Kind], in, it.Want)
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
func (s *subject) verify(ctx context.Context, in image.Session) (int, error) {
	var items []*planner.Item
	n := 0
	for i := range s.img.Items {
		items = append(items, s.img.Whole(i, s.kinds)...)
		if !s.img.LeftOut(i) {
			n++
		}
	}
	have, err := s.readAll(ctx, in, items)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i, it := range items {
		errs = append(errs, s.compare(it, s.kinds[it.Addr.Kind].Schema, have[i]))
	}
	return n, errors.Join(errs...)
}

// change compares the item with the image as it is now. An earlier step may have
// made it so already.
func (s *subject) change(ctx context.Context, in image.Session, it *planner.Item) (providers.Change, error) {
	kind := s.kinds[it.Addr.Kind]
	have, err := planner.Read(ctx, kind, in, it.Want)
	if err != nil {
		return providers.Change{}, stepError(it, "read it before the change", err)
	}
	action, _ := planner.Diff(kind.Schema, it.Want, have, it.Absent)
	return providers.Change{Addr: it.Addr, Action: action, Want: it.Want, Have: have}, nil
}

func (s *subject) readBack(ctx context.Context, in image.Session, it *planner.Item) error {
	kind := s.kinds[it.Addr.Kind]
	have, err := planner.Read(ctx, kind, in, it.Want)
	if err != nil {
		return stepError(it, "read it back", err)
	}
	return s.compare(it, kind.Schema, have)
}

// compare is the proof of one item.
func (s *subject) compare(it *planner.Item, schema dsl.Schema, have cty.Value) error {
	if action, ds := planner.Diff(schema, it.Want, have, it.Absent); action != planner.NoChange {
		return stepError(it, "verify", mismatch(it, action, ds))
	}
	return nil
}
