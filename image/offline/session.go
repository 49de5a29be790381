package offline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/image/hives"
	"github.com/gildhq/gild/image/layers"
)

// session is an open image of a WIM file.
type session struct {
	*tree
	*hives.Registry
	*firstboot.Queue
	access   *access
	at       string
	sealed   []string // IDs of the layers below the session
	warnings []string
	verified verified
}

var _ interface {
	image.Session
	image.Files
	image.Registry
	image.FirstBoot
	image.Exporter
	image.Verifier
	image.Access
} = (*session)(nil)

func openWIM(ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	if opts.Write && opts.Store == "" {
		return nil, errors.New("offline: opened for writing without a checkpoint store")
	}
	src, err := openSource(ref)
	if err != nil {
		return nil, err
	}
	if opts.Fingerprint != "" && src.fingerprint != opts.Fingerprint {
		return nil, errors.Join(fmt.Errorf("%s: %w", ref.Path, image.ErrExchanged), src.file.Close())
	}
	store, err := openStore(opts)
	if err != nil {
		return nil, errors.Join(err, src.file.Close())
	}
	s := &session{tree: newTree(src, store, opts), access: accessOf(src)}
	s.Registry, s.Queue = openHives(s.tree, &s.memo, opts), openQueue(s.tree, &s.memo, opts)
	if err := s.resume(opts); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openHives(files image.Files, memo *image.Memo, opts image.OpenOptions) *hives.Registry {
	return hives.Open(files, hives.Options{Write: opts.Write, Clock: opts.Clock, AllowDirty: opts.AllowDirtyHives, Memo: memo})
}

func openQueue(files image.Files, memo *image.Memo, opts image.OpenOptions) *firstboot.Queue {
	return firstboot.Open(files, firstboot.Options{Write: opts.Write, Memo: memo})
}

// openStore opens the store of checkpoints, if it exists or is needed.
func openStore(opts image.OpenOptions) (*layers.Store, error) {
	if opts.Store == "" {
		return nil, nil
	}
	if _, err := os.Stat(opts.Store); !opts.Write && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return layers.Open(opts.Store)
}

// resume replays the layers up to the last usable checkpoint of the chain.
func (s *session) resume(opts image.OpenOptions) error {
	if s.store == nil {
		return nil
	}
	stack, _, skipped := s.store.Resume(s.source.fingerprint, opts.Chain)
	for _, err := range skipped {
		opts.Log.Warn("checkpoint is not used", "reason", err)
		s.warnings = append(s.warnings, "checkpoint is not used: "+err.Error())
	}
	for _, l := range stack {
		if err := errors.Join(s.replay(l), s.access.replay(l)); err != nil {
			return fmt.Errorf("%w; remove the checkpoint store %s and start again", err, opts.Store)
		}
		s.at, s.sealed = l.ID, append(s.sealed, l.ID)
	}
	return nil
}

// At implements [image.Session].
func (s *session) At() string { return s.at }

// Commit implements [image.Session]: it seals the changes as a layer.
func (s *session) Commit(ctx context.Context, id string) error {
	switch {
	case !s.write:
		return fmt.Errorf("commit: %w", image.ErrReadOnly)
	case s.closed:
		return fmt.Errorf("commit: %w", fs.ErrClosed)
	case slices.Contains(s.sealed, id):
		return fmt.Errorf("commit: step %s is a checkpoint already", id)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if err := s.flush(); err != nil {
		return err
	}
	l := &layers.Layer{ID: id, Parent: s.at, Base: s.source.fingerprint, Entries: s.changes.entries(), Access: s.access.changed}
	if err := s.store.Seal(l); err != nil {
		return err
	}
	s.at, s.sealed = id, append(s.sealed, id)
	clear(s.changes)
	s.access.changed = nil
	return nil
}

// flush writes into the files what is changed in memory.
func (s *session) flush() error { return errors.Join(s.Registry.Flush(), s.Queue.Flush()) }

// Close implements [image.Session].
func (s *session) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.source.file.Close()
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}
