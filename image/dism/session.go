package dism

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
)

// session is an open image of a WIM file: its working image, mounted.
type session struct {
	*folder
	source image.Session // for the description of the image file
	work   working
	lock   *flock.Flock // on the working image
	stands marker       // the committed marker, with an access rule that may have been set since
	opts   image.OpenOptions
	closed bool
	out    bool // unmounted
}

var _ interface {
	image.Session
	image.Servicer
	image.Exporter
	image.Access
	image.Verifier
	image.Forker
} = (*session)(nil)

func (b Backend) openWIM(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	source, err := offline.Backend{}.Open(ctx, ref, image.OpenOptions{Log: opts.Log, Fingerprint: opts.Fingerprint})
	if err != nil {
		return nil, err
	}
	info, err := source.Info(ctx)
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	key := keyOf(info.Fingerprint, opts.Name)
	s := &session{source: source, work: newWorking(opts.Store, key), opts: opts}
	if err := s.open(ctx, b, ref, info.Index); err != nil {
		if s.lock != nil {
			err = errors.Join(err, s.lock.Close())
		}
		return nil, errors.Join(err, source.Close())
	}
	return s, nil
}

// open mounts the working image in the state that earlier sessions left.
func (s *session) open(ctx context.Context, b Backend, ref image.Ref, index int) error {
	err := s.enter(ctx, b)
	if stale, ok := errors.AsType[*staleError](err); ok {
		err = s.moveOn(ctx, b, stale)
	}
	if err != nil {
		return err
	}
	if s.stands, err = s.work.prepare(ctx, s.opts, ref.Path, index); err != nil {
		return err
	}
	return s.mount(ctx)
}

// mount mounts the working image and opens its files and registry.
func (s *session) mount(ctx context.Context) error {
	if err := durable.MkdirAll(s.work.mount); err != nil {
		return err
	}
	done, err := s.turn(ctx)
	if err != nil {
		return fmt.Errorf("mount the working image: %w", err)
	}
	defer done()
	if _, err := s.runner.run(ctx, "/Mount-Image", "/ImageFile:"+s.work.file, "/Index:1", "/MountDir:"+s.work.mount, "/Optimize"); err != nil {
		return fmt.Errorf("mount the working image: %w", err)
	}
	s.out = false
	if err := s.reopen(ctx); err != nil {
		return errors.Join(err, s.unmount(ctx))
	}
	return nil
}

// unmount discards uncommitted changes.
func (s *session) unmount(ctx context.Context) error {
	if err := s.runner.unmount(context.WithoutCancel(ctx), s.work.mount); err != nil {
		return fmt.Errorf("unmount the working image: %w", err)
	}
	s.out = true
	return nil
}

// Info implements [image.Session].
func (s *session) Info(ctx context.Context) (image.Info, error) { return s.source.Info(ctx) }

// At implements [image.Session].
func (s *session) At() string { return s.stands.Checkpoint }

// Commit implements [image.Session]: by /Commit-Image.
func (s *session) Commit(ctx context.Context, id string) error {
	switch {
	case s.closed:
		return fmt.Errorf("commit: %w", fs.ErrClosed)
	case id == s.At():
		return fmt.Errorf("commit: step %s is a checkpoint already", id)
	case ctx.Err() != nil:
		return ctx.Err()
	case s.usable() != nil:
		return s.usable()
	}
	files, _ := image.As[image.Files](s.Session)
	next := marker{Checkpoint: id, Access: s.stands.Access}
	if err := next.write(files); err != nil {
		return err
	}
	if err := s.letGo(ctx); err != nil {
		return err
	}
	_, err := s.runner.run(ctx, "/Commit-Image", "/MountDir:"+s.work.mount)
	if err = errors.Join(err, s.reopen(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("commit the working image: %w", err)
	}
	s.stands = next
	return nil
}

// Close implements [image.Session].
func (s *session) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.source.Close()
	if s.Session != nil {
		err = errors.Join(err, s.Session.Close())
	}
	if !s.out {
		err = errors.Join(err, s.unmount(context.Background()))
	}
	return errors.Join(err, s.lock.Close())
}

// Export implements [image.Exporter]. It unmounts the image; uncommitted changes
// are not in the output.
func (s *session) Export(ctx context.Context, path string, opts image.ExportOptions) error {
	if err := s.Session.Close(); err != nil {
		return err
	}
	if !s.out {
		if err := s.unmount(ctx); err != nil {
			return err
		}
	}
	store := filepath.Join(s.work.dir, "export")
	defer os.RemoveAll(store)
	w, err := offline.Backend{}.Open(ctx, image.Ref{Path: s.work.file}, image.OpenOptions{Write: true, Store: store, Clock: s.opts.Clock, Log: s.opts.Log})
	if err != nil {
		return err
	}
	files, _ := image.As[image.Files](w)
	err = files.Remove(markerFile)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if access, ok := image.As[image.Access](w); ok && err == nil && s.stands.Access != nil {
		err = access.SetAccess(*s.stands.Access)
	}
	if exporter, ok := image.As[image.Exporter](w); ok && err == nil {
		err = exporter.Export(ctx, path, opts)
	}
	return errors.Join(err, w.Close())
}

// Access implements [image.Access].
func (s *session) Access() (image.AccessRule, error) {
	if s.stands.Access != nil {
		return *s.stands.Access, nil
	}
	return s.ofSource().Access()
}

// CheckAccess implements [image.Access].
func (s *session) CheckAccess(rule image.AccessRule) error { return s.ofSource().CheckAccess(rule) }

// SetAccess implements [image.Access].
func (s *session) SetAccess(rule image.AccessRule) error {
	if err := s.CheckAccess(rule); err != nil {
		return err
	}
	s.stands.Access = &rule
	return nil
}

// ofSource is the access rule of the image file.
func (s *session) ofSource() image.Access {
	access, _ := image.As[image.Access](s.source)
	return access
}
