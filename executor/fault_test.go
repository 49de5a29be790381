package executor_test

import (
	"context"
	"sync"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner/plantest"
)

// faulty is a backend whose operations fail, or end the program, when they are due.
// Each operation on it or on its sessions counts before and after it is done.
type faulty struct {
	plantest.Backend
	mu   sync.Mutex
	n    int
	when int
	do   func() error
	lie  func(name string, s plantest.Setting) plantest.Setting // what Set stores instead
}

// at sets what happens at the n-th count, from 1.
func (f *faulty) at(n int, do func() error) { f.when, f.do = n, do }

func (f *faulty) count() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.n == f.when {
		return f.do()
	}
	return nil
}

// during counts before and after an operation.
func (f *faulty) during(do func() error) error {
	if err := f.count(); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return f.count()
}

func (f *faulty) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s := &faultySession{f: f}
	return s, f.during(func() (err error) {
		s.Session, err = f.Backend.Open(ctx, ref, opts)
		return err
	})
}

func (f *faulty) Drop(store string, ids []string) (freed int64, err error) {
	err = f.during(func() (err error) {
		freed, err = f.Backend.Drop(store, ids)
		return err
	})
	return freed, err
}

type faultySession struct {
	image.Session
	f *faulty
}

func (s *faultySession) Unwrap() image.Session { return s.Session }

func (s *faultySession) Commit(ctx context.Context, id string) error {
	return s.f.during(func() error { return s.Session.Commit(ctx, id) })
}

func (s *faultySession) Close() error { return s.f.during(s.Session.Close) }

func (s *faultySession) Export(ctx context.Context, path string, opts image.ExportOptions) error {
	exporter, _ := image.As[image.Exporter](s.Session)
	progress := opts.Progress
	var failed error
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	opts.Progress = func(done, total int64) {
		progress(done, total)
		if err := s.f.count(); err != nil {
			failed = err
			cancel(err)
		}
	}
	return s.f.during(func() error {
		if err := exporter.Export(ctx, path, opts); failed == nil {
			return err
		}
		return failed
	})
}

func (s *faultySession) settings() plantest.Settings {
	settings, _ := image.As[plantest.Settings](s.Session)
	return settings
}

func (s *faultySession) Get(name string) (plantest.Setting, bool) { return s.settings().Get(name) }

func (s *faultySession) Set(name string, v plantest.Setting) error {
	if s.f.lie != nil {
		v = s.f.lie(name, v)
	}
	return s.f.during(func() error { return s.settings().Set(name, v) })
}

func (s *faultySession) Remove(name string) error {
	return s.f.during(func() error { return s.settings().Remove(name) })
}
