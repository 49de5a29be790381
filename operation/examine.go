package operation

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/gildhq/gild/ground/tempdir"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/image/health"
)

// Examiner returns a function that has DISM examine an image, or nil if that was not asked for.
func (w *Workspace) Examiner(asked bool) (func(context.Context, image.Ref, *health.Report) error, error) {
	if !asked {
		return func(context.Context, image.Ref, *health.Report) error { return nil }, nil
	}
	exe, err := dism.Find(w.Getenv("GILD_DISM"))
	if errors.Is(err, dism.ErrNoDISM) {
		return nil, Explain("No DISM", "-dism needs DISM: run gild on Windows, or set GILD_DISM to a dism.exe. Without -dism, gild verifies what it can without DISM.")
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, ref image.Ref, r *health.Report) error {
		return w.examine(ctx, dism.Backend{Program: exe}, ref, r)
	}, nil
}

// examine adds the results of DISM and sfc for an image. It keeps their logs if these contain
// anything to read.
func (w *Workspace) examine(ctx context.Context, b dism.Backend, ref image.Ref, r *health.Report) (err error) {
	w.sweep(ctx)
	temp, err := tempdir.New(verifyFolder)
	if err != nil {
		return err
	}
	var keep []string
	defer func() {
		switch {
		case dism.Unmounted(temp.Path()) != nil:
			err = errors.Join(err, temp.Abandon())
		case err != nil:
			err = errors.Join(err, temp.Remove(logsFolder))
		default:
			err = temp.Remove(keep...)
		}
	}()
	s, err := b.Examine(ctx, ref, temp.Path(), w.Log)
	if err != nil {
		return err
	}
	results, err := said(ctx, s)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	r.Results = append(r.Results, results...)
	if len(health.Report{Results: results}.Findings()) > 0 {
		keep = []string{logsFolder}
		r.Notes = append(r.Notes, "the logs of DISM and sfc are in "+filepath.Join(temp.Path(), logsFolder))
	}
	return nil
}

// said runs the examinations by DISM and sfc.
func said(ctx context.Context, s image.Session) ([]health.Result, error) {
	verdict, err := health.CheckStore(ctx, s, true)
	if err != nil {
		return nil, err
	}
	files, err := health.CheckSystemFiles(ctx, s)
	return []health.Result{verdict.Result(), files}, err
}
