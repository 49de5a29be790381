package executor

import (
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/policy"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Forecast is how a plan is expected to be carried out, from its beginning.
type Forecast struct {
	Checkpoints int
	// WorstLoss is the longest time that passes between two things that survive a crash:
	// two checkpoints, or the last one and the finished output.
	WorstLoss time.Duration
	// Guessed tells that nothing is known yet of some steps, or of writing an output.
	Guessed bool
}

// Foretell goes through the plan by the rules by which [Apply] makes checkpoints, with
// the times that earlier runs took.
func Foretell(plan *planner.Plan, kinds []*providers.Provider, known *history.History) Forecast {
	var f Forecast
	a := newApplier(plan, Options{Providers: kinds, History: known})
	for _, t := range tasks(plan, nil) {
		if t.img.UpToDate {
			continue
		}
		r := &run{applier: a, task: t, img: t.img}
		if t.after != nil {
			r.done, r.sealed = t.after.steps, t.after.steps
		}
		f.Guessed = f.Guessed || !r.known()
		r.pace.steps = r.outlook()
		r.foretell(&f)
	}
	return f
}

// known tells whether earlier runs tell of all that is still to be done.
func (r *run) known() bool { return r.History.Rest(r.img, r.done).Complete() }

func (r *run) foretell(f *Forecast) {
	var seconds float64
	for r.done < len(r.img.Steps) {
		n := r.neighbours()
		seconds += policy.Join(r.pace.steps[r.done : r.done+n]...).Seconds
		r.done += n
		f.WorstLoss = max(f.WorstLoss, history.Duration(seconds))
		last := r.done == len(r.img.Steps)
		if !last {
			r.account(seconds)
		}
		if last || r.dueAfter(r.pace.work) {
			if r.img.Target == "" {
				f.Checkpoints++
			}
			r.sealed, r.pace.work, seconds = r.done, policy.Work{}, 0
		}
	}
	f.WorstLoss = max(f.WorstLoss, r.History.Rest(r.img, r.done).Time)
}
