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
	"github.com/gildhq/gild/executor/record"
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
		path := filepath.Join(opts.Store, journalFile)
		var damage error
		a.past, damage = journal.Read(path, false)
		if a.journal, err = journal.Open(path); err != nil {
			return Result{}, err
		}
		defer a.journal.Close()
		if err := a.record(record.Event{Type: record.RunStart}); err != nil {
			return Result{}, err
		}
		if damage != nil {
			a.warn("not all that earlier runs noted can be read, and what can't is left out", damage)
		}
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
	past     *journal.Past    // of earlier runs

	mu sync.Mutex // of Events
}

func newApplier(plan *planner.Plan, opts Options) *applier {
	a := &applier{Options: opts, plan: plan, byKind: map[string]*providers.Provider{}, backends: map[string]image.Backend{}, past: &journal.Past{}}
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

// record announces what happens, and notes it in the journal if it is to be kept there.
// What has to be durable is so when it returns.
func (a *applier) record(e record.Event) error {
	e.Detail, e.Remedy = a.Withhold(e.Detail), a.Withhold(e.Remedy)
	a.announce(&e)
	return a.journal.Write(e)
}

func (a *applier) announce(e *record.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Time = time.Now().UTC().Round(0) // as it is read back
	if a.Events != nil {
		a.Events(*e)
	}
}

// emit records what nothing depends on: if the journal can't be written, the run stops
// only where something does.
func (a *applier) emit(e record.Event) { _ = a.record(e) }

// warn records a warning with its reason, which may be nil.
func (a *applier) warn(text string, reason error) {
	a.emit(a.failure(record.Event{Type: record.Warning, Detail: text}, reason))
}

// failure adds an error to an event.
func (a *applier) failure(e record.Event, err error) record.Event {
	if err == nil {
		return e
	}
	if e.Detail != "" {
		e.Detail += ": "
	}
	e.Detail += err.Error()
	if a.Remedy != nil {
		e.Remedy = a.Remedy(err)
	}
	if step, ok := errors.AsType[*StepError](err); ok {
		e.File, e.Line = step.Place.File, step.Place.Line
		if e.Address == "" {
			e.Address = step.Addr.String()
		}
	}
	return e
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
