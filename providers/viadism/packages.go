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
	Path     string // the path of the file, or of the folder it was expanded to
	Identity string
}

// AddPackages has DISM add packages in their order, with as few commands as possible. If one
// package fails, DISM goes on with the next one, and its exit code is that of one of them. So
// packages for which DISM reports an error, and those that the image does not hold afterwards, are
// added once more, one at a time: a package that "may have failed due to pending updates to
// servicing components" succeeds in a new process. Holds reports whether the image holds a package,
// or a newer one, for which DISM may refuse the package.
//
// If packages are to blame, the error is a [providers.BatchError].
func AddPackages(ctx context.Context, s image.Session, packages []Package, holds func(i int) (bool, error)) error {
	reported, err := addAtOnce(ctx, s, packages)
	if err == nil || !ofPackages(ctx, err) || len(packages) > 1 && len(reported) == 0 && Code(err) != NotApplicable {
		return err // without any report, DISM got to no package
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

// addAtOnce adds packages with as few commands as possible, and returns those that DISM reported
// on.
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

// ofPackages reports whether an error concerns single packages, so that others may still be added:
// not the image, and not something that another program blocks.
func ofPackages(ctx context.Context, err error) bool {
	var failed image.ServicingError
	return ctx.Err() == nil && errors.As(err, &failed) && !errors.Is(err, image.ErrSpoiled) && image.RemedyOf(err) == image.RemedyNone
}

// reports reports whether DISM reports an error of a package.
func reports(items []transcript.Item, p Package) bool {
	for _, it := range items {
		if it.Code != 0 && (it.Called(p.Path) || it.Called(p.Identity)) {
			return true
		}
	}
	return false
}
