package main

import (
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/gildhq/gild/cmd/gild/view"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/report"
	"github.com/gildhq/gild/executor/scratch"
	"github.com/gildhq/gild/image/dism"
	"github.com/gildhq/gild/internal/preflight"
	"github.com/gildhq/gild/planner"
)

// record prepares the record of a run that carries the plan out.
func (a *app) record(plan *planner.Plan, store string) *report.Run {
	a.secrets.AddPlan(plan)
	return report.New(report.Options{
		Store: store, Plan: plan, Platform: runtime.GOOS + "/" + runtime.GOARCH, Began: time.Now(), Keep: a.keepRuns,
		Censor: &a.secrets, Log: a.log, History: a.history(store), Remedy: remedy,
	})
}

// finish ends the record of a run and returns its folder, if it has one.
func (a *app) finish(run *report.Run, outcome error) string {
	dir, err := run.Finish(time.Now(), outcome)
	if err != nil {
		a.screen().Warning(err.Error() + ". The run itself is not affected.")
	}
	return dir
}

// history is what is known of earlier runs with a store.
func (a *app) history(store string) *history.History {
	h, err := history.Load(store)
	if err != nil {
		a.log.Warn(err.Error())
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
		return "Run apply again to go on from the last checkpoint."
	case errors.Is(err, executor.ErrStale):
		return "Make a new plan."
	}
	return ""
}

// expect tells what it takes to carry out a plan, as far as that is known.
func (a *app) expect(plan *planner.Plan) view.Expectation {
	store, err := a.store()
	if err != nil || plan.Empty() {
		return view.Expectation{}
	}
	known := a.history(store)
	e := view.Expectation{Estimate: known.Plan(plan), Forecast: executor.Foretell(plan, kinds(), known)}
	for _, img := range plan.Images {
		if !img.UpToDate {
			addRoom(&e.Room, img, known)
		}
	}
	e.Room.Checkpoints += payloadBytes(plan.Images...)
	return e
}

// addRoom adds the room that an image needs, beside checkpoints of its payloads.
func addRoom(room *view.Room, img *planner.Image, known *history.History) {
	info, err := os.Stat(img.Source.Path)
	if err != nil || img.Output == "" {
		return
	}
	payloads := payloadBytes(img)
	room.Output += executor.OutputRoom(img, payloads)
	if img.Backend == (dism.Backend{}).Name() {
		room.Scratch += scratch.Working(info.Size(), payloads)
		return
	}
	made := executor.Foretell(&planner.Plan{Images: []*planner.Image{img}}, kinds(), known).Checkpoints
	room.Checkpoints += int64(made) * img.Info.Hives // if all of them change each time
}

// payloadBytes is the size of the payloads that go into some images, each counted once:
// a checkpoint holds what is new in the image.
func payloadBytes(images ...*planner.Image) int64 {
	var in preflight.Input
	for _, img := range images {
		if !img.UpToDate {
			addPlanned(&in, img, nil)
		}
	}
	var sum int64
	for _, p := range in.Payloads {
		sum += scratch.Size(p.Path)
	}
	return sum
}
