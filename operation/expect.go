package operation

import (
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/operation/preflight"
	"github.com/gildhq/gild/planner"
)

// Expectation is what it takes to carry out a plan, as far as that is known.
type Expectation struct {
	history.Estimate
	executor.Forecast
	Room Room
}

// Room is what is needed on disks, in bytes.
type Room struct {
	Output      int64 // of the outputs, as large as their sources' files
	Checkpoints int64 // each keeps what was changed: hives, payloads
	Scratch     int64 // for DISM's working copies
}

// All is all of it.
func (r Room) All() int64 { return r.Output + r.Checkpoints + r.Scratch }

// Expect tells what it takes to carry out a plan, as far as that is known.
func (w *Workspace) Expect(plan *planner.Plan) Expectation {
	store, err := w.Store()
	if err != nil || plan.Empty() {
		return Expectation{}
	}
	known := w.history(store)
	e := Expectation{Estimate: known.Plan(plan), Forecast: executor.Foretell(plan, Kinds(), known)}
	for _, img := range plan.Images {
		if !img.UpToDate {
			addRoom(&e.Room, img, known)
		}
	}
	e.Room.Checkpoints += payloadBytes(plan.Images...)
	return e
}

// addRoom adds the room that an image needs, without checkpoints of its payloads.
func addRoom(room *Room, img *planner.Image, known *history.History) {
	if img.Output == "" {
		return
	}
	payloads := payloadBytes(img)
	room.Output += executor.OutputRoom(img, payloads)
	if img.Serviced {
		room.Scratch += scratch.Working(img.Info.FileBytes, payloads)
		return
	}
	made := executor.Foretell(&planner.Plan{Images: []*planner.Image{img}}, Kinds(), known).Checkpoints
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
