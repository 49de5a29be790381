package memory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

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
	access  image.AccessRule
	store   string
	at      string
}

var _ interface {
	image.Session
	image.Files
	image.Registry
	image.FirstBoot
	image.Access
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
	s.image.checkpoints[key] = sealed{s.root.clone(), s.access}
	s.at = id
	return nil
}

// Flush writes into the files what is changed in memory.
func (s *session) Flush() error { return errors.Join(s.Registry.Flush(), s.Queue.Flush()) }

// Close implements [image.Session].
func (s *session) Close() error {
	s.closed = true
	return nil
}

// Access implements [image.Access].
func (s *session) Access() (image.AccessRule, error) { return s.access, nil }

// CheckAccess implements [image.Access]. The only account, apart from [image.Everyone],
// is "tester".
func (s *session) CheckAccess(rule image.AccessRule) error {
	for _, name := range slices.Concat([]string{rule.Owner, rule.Group}, rule.Read, rule.Write) {
		if name != "" && name != image.Everyone && name != "tester" {
			return fmt.Errorf("no account %q is known", name)
		}
	}
	return nil
}

// SetAccess implements [image.Access].
func (s *session) SetAccess(rule image.AccessRule) error {
	if !s.write {
		return fmt.Errorf("set access: %w", image.ErrReadOnly)
	}
	s.access = rule
	return nil
}
