package viadism

import (
	"context"
	"errors"

	"github.com/gildhq/gild/formats/transcript"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Package is a package to be added.
type Package struct {
	Path     string // of the file, or of the folder it was expanded to
	Identity string
}

// AddPackages lets DISM add packages at once, in their order. DISM goes on with the next
// one where one fails, and its exit code is that of one of them. So those it reports an
// error of, and those that the image does not hold then, are added once more, each by
// itself: one that "may have failed due to pending updates to servicing components" is
// taken in a new process. Holds tells whether the image holds a package, or a newer
// one, which is why DISM may refuse it.
//
// Where a package is to blame, the error is a [providers.BatchError] of the packages.
func AddPackages(ctx context.Context, s image.Session, packages []Package, holds func(i int) (bool, error)) error {
	reported, err := addAtOnce(ctx, s, packages)
	if err == nil || !ofPackages(ctx, err) || len(packages) > 1 && len(reported) == 0 && Code(err) != NotApplicable {
		return err // with nothing reported, DISM has not come to any package
	}
	failed := map[int]error{}
	for i, p := range packages {
		if len(packages) > 1 {
			held, problem := holds(i)
			if problem != nil {
				return problem
			}
			if held && !reports(reported, p) {
				continue
			}
			if _, err = addAtOnce(ctx, s, packages[i:i+1]); err != nil && !ofPackages(ctx, err) {
				return err
			}
		}
		if Code(err) == NotApplicable {
			held, problem := holds(i)
			if problem != nil {
				return problem
			}
			if held {
				err = nil
			}
		}
		if err != nil {
			failed[i] = err
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return &providers.BatchError{Tried: len(packages), Failed: failed}
}

// addAtOnce adds packages with as few commands as it takes, and returns what DISM has
// worked on.
func addAtOnce(ctx context.Context, s image.Session, packages []Package) (items []transcript.Item, err error) {
	const command = "/Add-Package"
	d, err := providers.Need[image.Servicer](s, image.CanService)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, p := range packages {
		paths = append(paths, p.Path)
	}
	for some := range split("/PackagePath", paths, maxLine-length([]string{command})) {
		t, err := d.Dism(ctx, append([]string{command}, some...)...)
		if t != nil {
			items = append(items, t.Items...)
		}
		if err != nil {
			return items, err
		}
	}
	return items, nil
}

// ofPackages tells whether an error is about packages, so that others may be added: not
// about the image, or about something that was in the way.
func ofPackages(ctx context.Context, err error) bool {
	var failed image.ServicingError
	return ctx.Err() == nil && errors.As(err, &failed) && !errors.Is(err, image.ErrSpoiled) && image.RemedyOf(err) == image.RemedyNone
}

// reports tells whether DISM reports an error of a package.
func reports(items []transcript.Item, p Package) bool {
	for _, it := range items {
		if it.Code != 0 && (it.Called(p.Path) || it.Called(p.Identity)) {
			return true
		}
	}
	return false
}
