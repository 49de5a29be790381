package executor

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/executor/censor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/journal"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

const journalFile = "journal.jsonl"

// Apply carries out the plan, several images at the same time if allowed. If an image fails, the
// others are made all the same; the error joins those of all images.
func Apply(ctx context.Context, plan *planner.Plan, opts Options) (Result, error) {
	began := time.Now()
	if plan.Sealed() {
		return Result{}, errors.New("the plan lacks its sensitive values; they have to be revealed first")
	}
	a := newApplier(plan, opts)
	if !plan.Empty() {
		lock, err := a.lockStore()
		if err != nil {
			return Result{}, err
		}
		defer lock.Close()
		a.emit(Event{Type: RunStart})
		path := filepath.Join(opts.Store, journalFile)
		if a.past, err = journal.Read(path); err != nil {
			a.emit(Event{Type: Warning, Message: "not all that earlier runs noted can be read, and what can't is left out", Err: err})
		}
		if a.journal, err = journal.Open(path); err != nil {
			return Result{}, err
		}
		defer a.journal.Close()
	}
	result, err := a.images(ctx)
	if err == nil {
		a.prune()
	}
	result.Elapsed = time.Since(began)
	return result, err
}

// applier carries out one plan.
type applier struct {
	Options
	plan     *planner.Plan
	byKind   map[string]*providers.Provider
	backends map[string]image.Backend
	journal  *journal.Journal // nil if nothing is to be done
	past     []journal.Record // of earlier runs

	mu sync.Mutex // of Events
}

func newApplier(plan *planner.Plan, opts Options) *applier {
	a := &applier{Options: opts, plan: plan, byKind: map[string]*providers.Provider{}, backends: map[string]image.Backend{}}
	if a.Log == nil {
		a.Log = hclog.NewNullLogger()
	}
	a.Log = a.Log.Named("executor")
	a.Withhold = withholding(plan, opts.Withhold)
	if a.History == nil {
		a.History = &history.History{}
	}
	for _, p := range opts.Providers {
		a.byKind[p.Kind] = p
	}
	for _, b := range opts.Backends {
		a.backends[b.Name()] = b
	}
	return a
}

// withholding returns a function that removes the plan's sensitive values from a text, in
// addition to the caller's: a caller that forgets them can't leak them into a log or the
// journal.
func withholding(plan *planner.Plan, more func(string) string) func(string) string {
	var known censor.Censor
	known.AddPlan(plan)
	if more == nil {
		return known.Text
	}
	return func(text string) string { return known.Text(more(text)) }
}

func (a *applier) emit(e Event) {
	if a.Events == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Time = time.Now()
	a.Events(e)
}

func (a *applier) stopped() bool {
	select {
	case <-a.Stop:
		return true
	default:
		return false
	}
}

// untilStop returns a context that ends with Stop, too: because of [ErrInterrupted].
func (a *applier) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-a.Stop:
			cancel(ErrInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}
