package executor

import (
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/sequencer"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Forecast says how long apply is expected to take for a plan, from the beginning.
type Forecast struct {
	Checkpoints int
	// WorstLoss is the longest time between two points that survive a crash: two checkpoints, or
	// the last checkpoint and the finished output.
	WorstLoss time.Duration
	// Guessed: no earlier run has measured some of the steps, or writing an output.
	Guessed bool
}

// Foretell simulates [Apply] on the plan: it runs the same sequencer, without errors, with the
// durations of earlier runs.
func Foretell(plan *planner.Plan, kinds []*providers.Provider, known *history.History) Forecast {
	var f Forecast
	a := newApplier(plan, Options{Providers: kinds, History: known})
	for _, t := range tasks(plan, nil) {
		if t.img.UpToDate {
			continue
		}
		begin := 0
		if t.after != nil {
			begin = t.after.steps
		}
		o := &outlook{subject: newSubject(t.img, a.byKind), known: a.History}
		f.Guessed = f.Guessed || !a.History.Rest(t.img, begin).Complete()
		f.image(o, sequencer.New(a.sequence(t, o), begin))
	}
	return f
}

// image adds the forecast for an image.
func (f *Forecast) image(o *outlook, seq *sequencer.Sequencer) {
	var now, lost float64 // in seconds, since the beginning and since the last checkpoint
	for {
		switch next := seq.Next(sequencer.Event{Now: now + lost}); next.Do {
		case sequencer.Apply:
			var batch float64
			for step := next.From; step < next.To; step++ {
				batch += o.Expect(step).Seconds
			}
			lost += batch
			f.WorstLoss = max(f.WorstLoss, history.Duration(lost))
		case sequencer.Seal:
			now, lost = now+lost, 0
			if o.img.Target == "" {
				f.Checkpoints++
			}
		case sequencer.Publish:
			f.WorstLoss = max(f.WorstLoss, o.known.Rest(o.img, o.Len()).Time)
			return
		}
	}
}
