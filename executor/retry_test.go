package executor_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

// trouble is an error that says what helps.
type trouble struct {
	helps   image.Remedy
	spoiled bool
}

func (e trouble) Error() string        { return "trouble" }
func (e trouble) Helps() image.Remedy  { return e.helps }
func (e trouble) Is(target error) bool { return e.spoiled && target == image.ErrSpoiled }

// fails lets the way of a kind fail for a resource the first times, after it has
// changed something that no one asked for; it returns how often that was.
func fails(j *job, kind, name string, times int, err error) *int {
	calls := 0
	for _, p := range j.opts.Providers {
		if p.Kind != kind {
			continue
		}
		apply := p.Ways[0].Apply
		p.Ways[0].Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
			for _, c := range changes {
				if c.Addr.Name != name || calls == times {
					continue
				}
				calls++
				settings, _ := image.As[plantest.Settings](s)
				return errors.Join(settings.Set("half-made", plantest.Setting{Value: "x"}), err)
			}
			return apply(ctx, s, h, changes)
		}
	}
	return &calls
}

func retryJob(t *testing.T, attempts int, backoff time.Duration) (*job, *[]string) {
	t.Helper()
	j := newJob(t, module(t, kiosk(setting("a", "1"), setting("b", "2"), setting("c", "3"))))
	j.plan.Images[0].Retry = dsl.Retry{Attempts: attempts, Backoff: backoff}
	var warnings []string
	j.opts.Events = func(e record.Event) {
		if e.Type == record.Warning {
			warnings = append(warnings, e.Detail)
		}
	}
	return j, &warnings
}

// What may pass is tried again from the last checkpoint; the bytes are those of a run
// in which nothing failed.
func TestRetry(t *testing.T) {
	j, _ := retryJob(t, 1, 0)
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := read(t, filepath.Join(j.dir, "kiosk.wim"))
	payload := &fs.PathError{Op: "read", Path: "/payloads/x.inf", Err: syscall.Errno(passingNumber)}
	for _, tt := range []struct {
		name     string
		attempts int
		times    int // that it fails
		err      error
		tries    int
		good     bool
	}{
		{"passes", 3, 2, trouble{image.RemedyRedo, true}, 2, true},
		{"payload", 3, 1, fmt.Errorf("read the driver: %w", payload), 1, true},
		{"as often as is left to gild", 0, image.DefaultAttempts - 1, trouble{image.RemedyRedo, true}, 2, true},
		{"too often", 3, 3, trouble{image.RemedyRedo, true}, 3, false},
		{"once only", 1, 1, trouble{image.RemedyRedo, true}, 1, false},
		{"a mistake", 3, 1, errors.New("no such feature"), 1, false},
		{"waited for by the backend", 3, 1, trouble{image.RemedyWait, false}, 1, false},
		{"full disk", 3, 1, trouble{image.RemedyRoom, true}, 1, false},
		{"spoiled by a mistake", 3, 1, trouble{image.RemedyNone, true}, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j, warnings := retryJob(t, tt.attempts, time.Millisecond)
			calls := fails(j, "setting", "b", tt.times, tt.err)
			_, err := j.apply(t.Context())
			if (err == nil) != tt.good || *calls != tt.tries {
				t.Fatalf("%d tries: %v", *calls, err)
			}
			again := min(tt.tries, max(tt.tries, tt.times)-1)
			if tt.good {
				again = tt.tries
			}
			if len(*warnings) != again {
				t.Errorf("told of %q", *warnings)
			}
			if again > 0 && !strings.HasPrefix((*warnings)[0], "attempt 2 of 3 follows in 1ms") {
				t.Errorf("told of %q", *warnings)
			}
			if notes := strings.Count(read(t, filepath.Join(j.dir, "store", "journal.jsonl")), `"type":"warning"`); notes != again {
				t.Errorf("%d notes in the journal", notes)
			}
			if tt.good && read(t, filepath.Join(j.dir, "kiosk.wim")) != want {
				t.Error("the output is another one")
			}
		})
	}
}

// What goes wrong where checkpoints are is not tried again.
func TestNoRetryOfStore(t *testing.T) {
	j, _ := retryJob(t, 3, time.Millisecond)
	store := &fs.PathError{Op: "read", Path: filepath.Join(j.opts.Store, "some.layer"), Err: syscall.Errno(passingNumber)}
	for _, err := range []error{store, &fs.PathError{Op: "write", Path: "Windows/in the image", Err: store}} {
		calls := fails(j, "setting", "b", 3, err)
		if _, err := j.apply(t.Context()); err == nil || *calls != 1 {
			t.Errorf("%d tries: %v", *calls, err)
		}
	}
}

// brittle is a backend whose first checkpoint can't be sealed.
type brittle struct {
	plantest.Backend
	broken *bool
}

func (b brittle) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s, err := b.Backend.Open(ctx, ref, opts)
	return brittleSession{s, b.broken}, err
}

type brittleSession struct {
	image.Session
	broken *bool
}

func (s brittleSession) Unwrap() image.Session { return s.Session }

func (s brittleSession) Commit(ctx context.Context, id string) error {
	if *s.broken {
		*s.broken = false
		return errors.New("the store is broken")
	}
	return s.Session.Commit(ctx, id)
}

// A checkpoint that can't be sealed before something is tried again is not the fault of
// that: nothing is left out for it.
func TestStoreIsNotBlamed(t *testing.T) {
	j := newJob(t, module(t, kiosk(setting("a", "1"), marked(setting("b", "2")))))
	fails(j, "setting", "b", 1, trouble{image.RemedyRedo, true})
	j.plan.Images[0].Retry = dsl.Retry{Backoff: time.Millisecond}
	broken := true
	j.opts.Backends = []image.Backend{brittle{broken: &broken}}
	r, err := j.apply(t.Context())
	if err == nil || !strings.Contains(err.Error(), "seal the checkpoint after step 1 of 2") || broken || len(r.Images[0].Skipped) > 0 {
		t.Errorf("%+v, %v", r.Images[0], err)
	}
}

func TestInterruptedWhileWaiting(t *testing.T) {
	j, _ := retryJob(t, 3, time.Hour)
	j.plan.Images[0].Checkpoint = dsl.Checkpoint{Steps: 1}
	fails(j, "setting", "b", 1, trouble{image.RemedyRedo, true})
	stop := make(chan struct{})
	j.opts.Stop = stop
	j.opts.Events = func(e record.Event) {
		if e.Type == record.Warning {
			close(stop)
		}
	}
	began := time.Now()
	_, err := j.apply(t.Context())
	if !errors.Is(err, executor.ErrInterrupted) || !strings.Contains(err.Error(), "1 of 3 steps are done and kept") {
		t.Errorf("got %v", err)
	}
	if time.Since(began) > time.Minute {
		t.Errorf("ended after %s", time.Since(began))
	}
	if r := mustApply(t, j.dir); r.Images[0].Reused != 1 {
		t.Errorf("%d steps are taken over", r.Images[0].Reused)
	}
}

// What is written in a checkpoint on behalf of a file in the image fills the disk of
// the store, wherever the file is in the image.
func TestFullDiskIsNamed(t *testing.T) {
	j, _ := retryJob(t, 3, time.Millisecond)
	staged := filepath.Join(j.opts.Store, "staging", "content")
	fails(j, "setting", "b", 3, &fs.PathError{Op: "write", Path: "Windows/x.dll", Err: &fs.PathError{
		Op: "write", Path: staged, Err: trouble{image.RemedyRoom, true},
	}})
	_, err := j.apply(t.Context())
	if full, ok := errors.AsType[*executor.FullError](err); !ok || full.Dir != j.opts.Store {
		t.Errorf("the disk of %+v is full: %v", full, err)
	}
}
