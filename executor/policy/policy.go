// Package policy decides before which steps a checkpoint is worth its price.
//
// It only computes with seconds and probabilities, without images and clocks, so that apply and
// the forecast of a plan use the same rule. Begin with [Rule.Due].
package policy

import (
	"slices"

	"github.com/gildhq/gild/dsl"
)

// Assumptions about machines and steps. gild does not measure these rates: knowing them would
// save a few percent of a run at most, as TestAssumptions shows.
const (
	MTBF            = 8 * 60 * 60 // seconds of work between two interruptions: a working day
	FailureServiced = 1. / 50     // probability that a change by DISM fails
	FailureOther    = 1. / 10_000 // plan has checked almost everything that can fail; a disk can still get full
)

// Step is the estimate for a step, or for several that are carried out together.
type Step struct {
	Kind         string
	Seconds      float64 // duration
	Failure      float64 // probability that it fails, which costs the work since the last checkpoint
	Irreversible bool    // only a checkpoint can undo it
}

// Join returns the estimate for steps that are carried out together.
func Join(steps ...Step) Step {
	var sum Step
	good := 1.0
	for _, s := range steps {
		sum.Kind, sum.Seconds, sum.Irreversible = s.Kind, sum.Seconds+s.Seconds, sum.Irreversible || s.Irreversible
		good *= 1 - s.Failure
	}
	sum.Failure = 1 - good
	return sum
}

// Rule says when a checkpoint is due.
//
// Unless the author sets a rule, the rule is economic: a checkpoint is due when the expected loss
// without it exceeds its price. For many small steps that is every √(2·Price·MTBF) seconds
// (Young, "A first order approximation to the optimum checkpoint interval", 1974). A step that
// often fails gets a checkpoint before it as soon as its failure would cost enough work.
type Rule struct {
	dsl.Checkpoint
	Price float64 // seconds that a checkpoint takes
	MTBF  float64 // seconds of work between two interruptions
}

// Work is the work since the last checkpoint. The zero value is none.
type Work struct {
	Steps   int
	Seconds float64 // that it took, and that repeating it would take

	loss float64 // expected loss so far, in seconds
}

// Add adds n steps with their joined estimate and the seconds they took.
func (r Rule) Add(w Work, n int, sum Step) Work {
	return Work{Steps: w.Steps + n, Seconds: w.Seconds + sum.Seconds, loss: w.loss + r.loss(w, sum)}
}

// loss returns the work that is expected to be lost, in seconds, while a step is carried out: the
// probability that the step fails or is interrupted, times all unsealed work. It does not count
// the step's own work, since a checkpoint before the step would not save that.
func (r Rule) loss(w Work, s Step) float64 { return (s.Failure + s.Seconds/r.MTBF) * w.Seconds }

// Due reports whether to make a checkpoint after the work and before the next step. The author's
// Steps and Every replace the economic rule.
func (r Rule) Due(w Work, next Step) bool {
	switch {
	case w.Steps == 0:
		return false
	case r.Steps > 0 || r.Every > 0:
		return r.Steps > 0 && w.Steps >= r.Steps || r.Every > 0 && w.Seconds >= r.Every.Seconds()
	}
	return w.loss+r.loss(w, next) > r.Price
}

// Fixed reports whether there is always a checkpoint before step i: after each group of Steps
// that the author sets, and before the first step that can't be undone.
func (r Rule) Fixed(steps []Step, i int) bool {
	irreversible := func(s Step) bool { return s.Irreversible }
	return i > 0 && (slices.Contains(r.After, steps[i-1].Kind) ||
		irreversible(steps[i]) && !slices.ContainsFunc(steps[:i], irreversible))
}
