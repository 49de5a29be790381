package executor

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/ground/store"
)

// lockStore locks the store for this process.
func (a *applier) lockStore() (*lock.Lock, error) {
	folder, err := store.Make(a.Store)
	switch {
	case errors.Is(err, store.ErrLink):
		return nil, fmt.Errorf("store for checkpoints: %w", err)
	case err != nil:
		return nil, fmt.Errorf("store for checkpoints: %w; let GILD_DATA_DIR name a folder that can be written to", err)
	}
	if err := errors.Join(folder.Close(), store.Links(a.Store)); err != nil {
		return nil, fmt.Errorf("store for checkpoints: %w", err)
	}
	return a.take(lock.Store(a.Store), "apply")
}

// take takes a lock, and reports a holder that died without releasing it.
func (a *applier) take(place lock.Place, purpose string) (*lock.Lock, error) {
	l, err := place.Take(purpose)
	if errors.As(err, new(*lock.HeldError)) {
		return nil, fmt.Errorf("%w: %w", ErrLocked, err)
	}
	if err != nil {
		return nil, err
	}
	if l.Left != nil {
		a.Log.Warn("took over the lock of a process that is gone", "path", place.Path, "holder", l.Left.String())
	}
	return l, nil
}

// lockOutput locks the output or the folder of the target for this process, because
// runs of another store could write it, too. The returned function releases the
// lock. For an image that is up to date nothing is written; only the lock of a
// killed run is removed.
func (r *run) lockOutput() (release func(), err error) {
	place, err := r.place()
	if err != nil {
		return nil, err
	}
	if r.img.UpToDate {
		if err := place.Sweep(); err != nil {
			r.Log.Warn("the lock of an earlier run is left", "path", place.File, "error", err)
		}
		return func() {}, nil
	}
	l, err := r.take(place, "image "+r.img.Name)
	if r.img.Target != "" && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)) {
		r.warn("no lock can be made next to "+r.img.Target+"; see to it that no other user and no other machine services it meanwhile", err)
		l, err = r.take(lock.Private(place.Path), "image "+r.img.Name)
	}
	if err != nil {
		return nil, err
	}
	return func() {
		if err := l.Close(); err != nil {
			r.warn("the lock on "+r.result.Path+" is left; the next run removes it", err)
		}
	}, nil
}

// place is what is written. The folder of an output is made if it is not there.
func (r *run) place() (lock.Place, error) {
	if r.img.Target != "" {
		return lock.Folder(r.img.Target)
	}
	if !r.img.UpToDate {
		if err := durable.MkdirAll(filepath.Dir(r.img.Output)); err != nil {
			return lock.Place{}, fmt.Errorf("make the folder of the output: %w", err)
		}
	}
	return lock.Output(r.img.Output), nil
}
