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

// Apply carries out the plan, several images at the same time if [Options] allow it. If an image
// fails, the others are still made; the error joins the errors of all images.
func Apply(ctx context.Context, plan *planner.Plan, opts Options) (Result, error) {
	a := newApplier(plan, opts)
	err := a.carryOut(ctx)
	return a.result(err), err
}

// result ends the run.
func (a *applier) result(err error) Result {
	a.run.Outcome = Outcome(err)
	a.run.End()
	return Result{a.run, a.errs}
}

// Outcome is the outcome of a run that ends with that error.
func Outcome(err error) string {
	switch {
	case errors.Is(err, ErrInterrupted):
		return record.Interrupted
	case err != nil:
		return record.Failed
	}
	return record.Complete
}

func (a *applier) carryOut(ctx context.Context) error {
	plan := a.plan
	if plan.Sealed() {
		return errors.New("the plan has no sensitive values; reveal them first")
	}
	if !plan.Empty() {
		lock, err := a.lockStore()
		if err != nil {
			return err
		}
		defer lock.Close()
		path := filepath.Join(a.Store, journalFile)
		var damage error
		a.past, damage = journal.Read(path, false)
		if a.journal, err = journal.Open(path); err != nil {
			return err
		}
		defer a.journal.Close()
		if err := a.record(record.Event{Type: record.RunStart}); err != nil {
			return err
		}
		if damage != nil {
			a.warn("parts of the journal can't be read and are ignored", damage)
		}
	}
	err := a.images(ctx)
	if err == nil {
		a.prune()
	}
	return err
}

// applier carries out one plan: it has what the images of the plan share.
type applier struct {
	Options
	plan     *planner.Plan
	byKind   map[string]*providers.Provider
	backends map[string]image.Backend
	journal  *journal.Journal // nil if all images are up to date
	past     *journal.Past    // of earlier runs

	errs map[string]error // of images that are not complete

	mu  sync.Mutex // of Events
	run *record.Run
}

func newApplier(plan *planner.Plan, opts Options) *applier {
	a := &applier{Options: opts, plan: plan, byKind: map[string]*providers.Provider{}, backends: map[string]image.Backend{}, past: &journal.Past{}, errs: map[string]error{}, run: record.Planned(plan)}
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
// addition to the caller's Withhold. So a caller that forgets to pass one can't leak them into a
// log or the journal.
func withholding(plan *planner.Plan, more func(string) string) func(string) string {
	var known censor.Censor
	known.AddPlan(plan)
	if more == nil {
		return known.Text
	}
	return func(text string) string { return known.Text(more(text)) }
}

// record passes an event on, and writes it to the journal if events of its type are kept there.
// Events that have to be durable are flushed to the disk when it returns.
func (a *applier) record(e record.Event) error {
	e.Detail, e.Remedy = a.Withhold(e.Detail), a.Withhold(e.Remedy)
	a.announce(&e)
	return a.journal.Write(e)
}

func (a *applier) announce(e *record.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Time = time.Now().UTC().Round(0) // as reading it back gives it
	a.run.Add(*e)
	if a.Events != nil {
		a.Events(*e)
	}
}

// emit records an event that no later step relies on. An error of the journal is dropped here: it
// stops the run at the next event that has to be durable.
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

// untilStop returns a context that also ends with Stop, with the cause [ErrInterrupted].
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
