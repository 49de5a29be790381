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
		return nil, fmt.Errorf("store for checkpoints: %w; set GILD_DATA_DIR to a writable folder", err)
	}
	if err := errors.Join(folder.Close(), store.Links(a.Store)); err != nil {
		return nil, fmt.Errorf("store for checkpoints: %w", err)
	}
	return a.take(lock.Store(a.Store), "apply")
}

// take takes a lock, and logs a holder that died without releasing it.
func (a *applier) take(place lock.Place, purpose string) (*lock.Lock, error) {
	l, err := place.Take(purpose)
	if errors.As(err, new(*lock.HeldError)) {
		return nil, fmt.Errorf("%w: %w", ErrLocked, err)
	}
	if err != nil {
		return nil, err
	}
	if l.Left != nil {
		a.Log.Warn("took over the lock of a process that has ended", "path", place.Path, "holder", l.Left.String())
	}
	return l, nil
}

// lockOutput locks the output, or the folder of the target, for this process, because runs with
// another store could write it, too. The returned function releases the lock. If the image is up
// to date, nothing is written, and lockOutput only removes the lock of a killed run.
func (r *run) lockOutput() (release func(), err error) {
	place, err := r.place()
	if err != nil {
		return nil, err
	}
	if r.img.UpToDate {
		if err := place.Sweep(); err != nil {
			r.Log.Warn("the lock of an earlier run can't be removed", "path", place.File, "error", err)
		}
		return func() {}, nil
	}
	l, err := r.take(place, "image "+r.img.Name)
	if r.img.Target != "" && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)) {
		r.warn("can't create a lock next to "+r.img.Target+"; make sure that no other user and no other machine services it at the same time", err)
		l, err = r.take(lock.Private(place.Path), "image "+r.img.Name)
	}
	if err != nil {
		return nil, err
	}
	return func() {
		if err := l.Close(); err != nil {
			r.warn("the lock on "+r.path()+" can't be removed; the next run removes it", err)
		}
	}, nil
}

// place returns the lock's place: that of the output or of the target. It makes the folder of an
// output if it does not exist.
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
