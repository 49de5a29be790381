package executor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner/plantest"
)

// TestOutputLocked: a run with another store does not write the same output.
func TestOutputLocked(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	j, second := newJob(t, dir), newJob(t, dir)
	second.opts.Store = filepath.Join(dir, "another store")
	refused := 0
	j.opts.Events = func(e record.Event) {
		if e.Type != record.StepStart && e.Type != record.Verified {
			return
		}
		_, err := second.apply(t.Context())
		if !errors.Is(err, executor.ErrLocked) || !strings.Contains(err.Error(), "kiosk.wim is held by process ") || !strings.Contains(err.Error(), "for image kiosk") {
			t.Errorf("got %v", err)
		}
		refused++
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if refused != 2 {
		t.Errorf("refused %d times", refused)
	}
	noLocks(t, dir)
}

func noLocks(t *testing.T, dir string) {
	t.Helper()
	for _, pattern := range []string{".*.gild-lock", "*/apply.lock"} {
		if left, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(left) > 0 {
			t.Errorf("left are %v, %v", left, err)
		}
	}
}

// TestLockOfTheDead: it is cleared away also by a run that has nothing to do.
func TestLockOfTheDead(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	file := lock.Output(filepath.Join(dir, "kiosk.wim")).File
	for range 2 {
		if err := os.WriteFile(file, []byte("\x00{\"pid\":"), 0o666); err != nil {
			t.Fatal(err)
		}
		mustApply(t, dir)
		noLocks(t, dir)
	}
	// That of another machine is left alone by it, and keeps others away.
	foreign := []byte("\x00{\"pid\":12,\"host\":\"elsewhere\",\"since\":\"2026-11-01T02:03:04Z\"}")
	if err := os.WriteFile(file, foreign, 0o666); err != nil {
		t.Fatal(err)
	}
	mustApply(t, dir)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), kiosk(setting("color", "green")))
	before := read(t, filepath.Join(dir, "kiosk.wim"))
	if _, err := newJob(t, dir).apply(t.Context()); !errors.Is(err, executor.ErrLocked) || !strings.Contains(err.Error(), "force-unlock") {
		t.Errorf("got %v", err)
	}
	if read(t, filepath.Join(dir, "kiosk.wim")) != before || read(t, file) != string(foreign) {
		t.Error("something was changed")
	}
}

// servicing is a backend that runs programs. It notes where their temporary files go.
type servicing struct {
	plantest.Backend
	given []string
}

func (s *servicing) Offers() []image.Capability {
	return append(s.Backend.Offers(), image.CanService)
}

func (s *servicing) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	if opts.Write {
		s.given = append(s.given, opts.Scratch)
		if info, err := os.Stat(opts.Scratch); err != nil || !info.IsDir() {
			return nil, errors.New("there is no scratch folder")
		}
	}
	return s.Backend.Open(ctx, ref, opts)
}

func TestScratch(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	root := filepath.Join(dir, "scratch root")
	free := int64(-1)
	pool, err := scratch.Open(scratch.Options{Roots: []string{root}, Volume: func(string) (volume.Volume, error) {
		return volume.Volume{ID: "1", Type: "test", Free: free}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	j, backend := newJob(t, dir), &servicing{}
	j.opts.Backends, j.opts.Scratch = []image.Backend{backend}, pool
	var begun bool
	j.opts.Events = func(e record.Event) { begun = begun || e.Type == record.ImageStart }
	if _, err := j.apply(t.Context()); !errors.Is(err, scratch.ErrNoRoom) || !strings.Contains(err.Error(), "image kiosk needs ") || begun {
		t.Errorf("got %v, begun %v", err, begun)
	}
	free = 1 << 30
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(backend.given) != 1 || !strings.HasPrefix(backend.given[0], root) {
		t.Errorf("given were %q", backend.given)
	}
	if left, err := os.ReadDir(root); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}
