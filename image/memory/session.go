package memory

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/image/hives"
)

type session struct {
	*files
	*hives.Registry
	*firstboot.Queue
	backend *Backend
	image   *stored
	store   string
	at      string
}

var _ interface {
	image.Session
	image.Files
	image.Registry
	image.FirstBoot
} = (*session)(nil)

// Info implements [image.Session].
func (s *session) Info(ctx context.Context) (image.Info, error) {
	info := s.image.info
	s.root.count(&info)
	info.Warnings = append(info.Warnings[:len(info.Warnings):len(info.Warnings)], s.Warnings()...)
	return info, ctx.Err()
}

// At implements [image.Session].
func (s *session) At() string { return s.at }

// Commit implements [image.Session].
func (s *session) Commit(ctx context.Context, id string) error {
	key := checkpoint{s.store, id}
	switch {
	case !s.write:
		return fmt.Errorf("commit: %w", image.ErrReadOnly)
	case s.closed:
		return fmt.Errorf("commit: %w", fs.ErrClosed)
	case id == "" || id == s.at:
		return fmt.Errorf("commit: step %q is a checkpoint already", id)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if err := s.Flush(); err != nil {
		return err
	}
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	s.image.checkpoints[key] = s.root.clone()
	s.at = id
	return nil
}

// Close implements [image.Session].
func (s *session) Close() error {
	s.closed = true
	return nil
}
