package operation

import (
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
)

// expect estimates the time and disk space for carrying out a plan, as far as they are known; nil
// if there is no store.
func (w *Workspace) expect(plan *planner.Plan) *document.Expected {
	store, err := w.Store()
	if err != nil {
		return nil
	}
	known := measured(store, w.Log)
	time, forecast := known.Plan(plan), executor.Foretell(plan, Kinds(), known)
	e := &document.Expected{Complete: time.Complete(), Unknown: append([]string{}, time.Unknown...), Checkpoints: forecast.Checkpoints}
	if time.Known > 0 {
		e.Seconds = new(time.Time.Seconds())
	}
	if !forecast.Guessed {
		e.WorstLoss = new(forecast.WorstLoss.Seconds())
	}
	for _, img := range plan.Images {
		if !img.UpToDate {
			addRoom(e, img, known)
		}
	}
	e.CheckpointBytes += payloadBytes(plan.Images...)
	e.RoomBytes = e.OutputBytes + e.CheckpointBytes + e.ScratchBytes
	return e
}

// addRoom adds the disk space for an image: an output as large as the source's files, checkpoints
// with what was changed except payloads, or DISM's working copy.
func addRoom(e *document.Expected, img *planner.Image, known *history.History) {
	if img.Output == "" {
		return
	}
	payloads := payloadBytes(img)
	e.OutputBytes += executor.OutputRoom(img, payloads)
	if img.Serviced {
		e.ScratchBytes += scratch.Working(img.Info.FileBytes, payloads)
		return
	}
	made := executor.Foretell(&planner.Plan{Images: []*planner.Image{img}}, Kinds(), known).Checkpoints
	e.CheckpointBytes += int64(made) * img.Info.Hives // in case each of them changes all hives
}

// payloadBytes returns the bytes of the payloads of some images, each counted once: a checkpoint
// contains what is new in the image.
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
