package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/health"
)

// examined calls do with a session in which DISM examines an image.
func (b *bench) examined(ctx context.Context, file string, do func(image.Session) error) error {
	dir, err := os.MkdirTemp(b.dir, "examine-")
	if err != nil {
		return err
	}
	s, err := b.backend().Examine(ctx, image.Ref{Path: file, Index: 1}, dir, b.Log)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// scan scans the component store of the output with DISM. Corruption that the source has as
// well is not a failure.
func (sv *serviced) scan(ctx context.Context) error {
	verdict := func(file string) (v health.Verdict, err error) {
		err = sv.examined(ctx, file, func(s image.Session) (err error) {
			v, err = health.CheckStore(ctx, s, true)
			return err
		})
		return v, err
	}
	after, err := verdict(sv.out)
	if err == nil && after == health.Healthy {
		return nil
	}
	before, failed := verdict(sv.file)
	switch {
	case failed != nil:
		return skip("DISM can't scan the source either: %v", failed)
	case err != nil:
		return err
	case before == after:
		return skip("the component store of the source is %s, too", after)
	}
	return fmt.Errorf("the component store is %s, but %s in the source", after, before)
}

// systemFiles verifies the protected files of the output with sfc.
func (sv *serviced) systemFiles(ctx context.Context) error {
	look := func(file string) (found []string, err error) {
		err = sv.examined(ctx, file, func(s image.Session) error {
			checker, ok := image.As[image.SystemFiles](s)
			if !ok {
				return skip("this machine has no sfc")
			}
			found, err = checker.VerifySystemFiles(ctx)
			return err
		})
		return found, err
	}
	after, err := look(sv.out)
	if err == nil && len(after) == 0 {
		return nil
	}
	before, failed := look(sv.file)
	if failed != nil {
		return skip("sfc can't verify the source either: %v", failed)
	}
	if err != nil {
		return err
	}
	var errs differences
	for _, line := range after {
		if !slices.Contains(before, line) {
			errs.add(errors.New(line))
		}
	}
	if errs.err() == nil {
		return skip("the source has the same violations: %s", strings.Join(before, "; "))
	}
	return errs.err()
}
