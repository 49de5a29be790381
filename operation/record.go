package operation

import (
	"errors"
	"runtime"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/report"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/planner"
)

// record prepares the record of a run that carries out the plan.
func (w *Workspace) record(plan *planner.Plan, store string) *report.Recorder {
	w.Secrets.AddPlan(plan)
	return report.New(report.Options{
		Store: store, Plan: plan, Platform: runtime.GOOS + "/" + runtime.GOARCH, Began: time.Now(), Keep: w.KeepRuns,
		Censor: &w.Secrets, Log: w.Log, History: measured(store, w.Log),
	})
}

// finish ends the record of a run and returns its folder, or an empty text if it has none.
func (w *Workspace) finish(run *report.Recorder, outcome error) string {
	dir, err := run.Finish(time.Now(), outcome)
	if err != nil {
		w.Warn(err.Error() + ". The run itself is not affected.")
	}
	return dir
}

// measured returns the measurements of earlier runs with a store.
func measured(store string, log hclog.Logger) *history.History {
	h, err := history.Load(store)
	if err != nil {
		log.Warn(err.Error())
	}
	return h
}

// remedy says what to do about an error.
func remedy(err error) string {
	failed, isDISM := errors.AsType[*dism.Error](err)
	switch {
	case isDISM && failed.Remedy != "":
		return failed.Remedy
	case errors.Is(err, executor.ErrInterrupted):
		return "Run apply again to continue from the last checkpoint."
	case errors.Is(err, executor.ErrStale):
		return "Make a new plan."
	}
	return ""
}
