package dism

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
)

// A fork is a copy of a committed working image, named by its checkpoint, from which
// sessions with other names continue.
func forkFile(store, checkpoint string) string {
	return filepath.Join(forkDir(store), checkpoint+".wim")
}

func forkDir(store string) string { return filepath.Join(store, "dism", "forks") }

// Fork implements [image.Forker]. It unmounts the image, because DISM keeps the file
// locked: uncommitted changes are discarded, as by Close.
func (s *session) Fork(ctx context.Context) error {
	at := s.At()
	switch {
	case s.closed:
		return fmt.Errorf("fork: %w", fs.ErrClosed)
	case at == "": // others can begin at the source
		return nil
	case s.usable() != nil:
		return s.usable()
	}
	to := forkFile(s.opts.Store, at)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := s.Session.Close(); err != nil {
		return fmt.Errorf("fork: %w", err)
	}
	if err := s.unmount(ctx); err != nil {
		return fmt.Errorf("fork: %w", err)
	}
	err := enter(s.opts.Store, filepath.Base(filepath.Dir(to)))
	if err == nil {
		err = durable.Copy(ctx, s.work.file, to)
	}
	if err = errors.Join(err, s.mount(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("keep a copy of the working image at checkpoint %s: %w", at, err)
	}
	return nil
}

// prepare brings the working image to the last checkpoint of the chain that exists:
// its own, or a fork of another session; otherwise to the source.
func (w working) prepare(ctx context.Context, opts image.OpenOptions, source string, index int) (marker, error) {
	if err := w.tidy(); err != nil {
		return marker{}, err
	}
	stands, err := readMarker(w.file)
	usable := err == nil && (stands.Checkpoint == "" || slices.Contains(opts.Chain, stands.Checkpoint))
	own := 0
	if usable {
		own = slices.Index(opts.Chain, stands.Checkpoint) + 1
	}
	if at, ok := longestFork(opts, own); ok {
		if err := durable.Copy(ctx, forkFile(opts.Store, at), w.file); err != nil {
			return marker{}, fmt.Errorf("continue from checkpoint %s of another image: %w", at, err)
		}
		return readMarker(w.file)
	}
	if usable {
		return stands, nil
	}
	return marker{}, w.begin(ctx, source, index)
}

// tidy removes the incomplete copy of an interrupted session.
func (w working) tidy() error {
	entries, err := os.ReadDir(w.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if durable.IsTemp(e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(w.dir, e.Name())))
		}
	}
	return err
}

// longestFork returns the last checkpoint of the chain, after its first behind steps,
// with an undamaged fork.
func longestFork(opts image.OpenOptions, behind int) (checkpoint string, ok bool) {
	for _, id := range slices.Backward(opts.Chain[behind:]) {
		m, err := readMarker(forkFile(opts.Store, id))
		if err == nil && m.Checkpoint == id {
			return id, true
		}
		if !errors.Is(err, fs.ErrNotExist) {
			opts.Log.Warn("a fork can't be used", "checkpoint", id, "error", err)
		}
	}
	return "", false
}
