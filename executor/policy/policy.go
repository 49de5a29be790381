// Package policy decides before which steps a checkpoint is worth what it costs.
//
// It is arithmetic on seconds and probabilities, without images and clocks, so that
// the same rule serves apply and the forecast of a plan. [Rule.Due] is the place to
// begin.
package policy

import (
	"slices"

	"github.com/gildhq/gild/dsl"
)

// What is assumed of machines and steps. gild keeps no record of either: to know better
// would save a few percent of a run at most, which a test shows.
const (
	MTBF            = 8 * 60 * 60 // seconds of work between two interruptions: a working day
	FailureServiced = 1. / 50     // probability that a change by DISM fails
	FailureOther    = 1. / 10_000 // all that can fail was checked at the plan; a disk gets full
)

// Step is the estimate for a step, or for several that are made together.
type Step struct {
	Kind         string
	Seconds      float64 // duration
	Failure      float64 // probability that it fails, which costs the work since the last checkpoint
	Irreversible bool    // nothing but a checkpoint leads back
}

// Join returns the estimate for steps that are made together.
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
// Unless the author sets a rule it is economic: a checkpoint is made when the
// expected loss without it exceeds its price. For many small steps that is each
// √(2·Price·MTBF) seconds (Young, "A first order approximation to the optimum
// checkpoint interval", 1974), and a step that often fails gets a checkpoint before
// it as soon as enough work would be lost.
type Rule struct {
	dsl.Checkpoint
	Price float64 // seconds that a checkpoint takes
	MTBF  float64 // seconds of work between two interruptions
}

// Work is what was done since the last checkpoint. The zero value is nothing.
type Work struct {
	Steps   int
	Seconds float64 // that it took, and would take to repeat

	loss float64 // expected loss in seconds, up to now
}

// Add adds n steps, given by their sum, with the seconds they took.
func (r Rule) Add(w Work, n int, sum Step) Work {
	return Work{Steps: w.Steps + n, Seconds: w.Seconds + sum.Seconds, loss: w.loss + r.loss(w, sum)}
}

// loss is the expected loss of work while a step is made: the probability that the
// step fails or is interrupted, times all work that is not sealed. The step's own work
// is not counted: a checkpoint before it would not save it.
func (r Rule) loss(w Work, s Step) float64 { return (s.Failure + s.Seconds/r.MTBF) * w.Seconds }

// Due tells whether to make a checkpoint between the work and the step after it.
// The author's Steps and Every replace the economic rule.
func (r Rule) Due(w Work, next Step) bool {
	switch {
	case w.Steps == 0:
		return false
	case r.Steps > 0 || r.Every > 0:
		return r.Steps > 0 && w.Steps >= r.Steps || r.Every > 0 && w.Seconds >= r.Every.Seconds()
	}
	return w.loss+r.loss(w, next) > r.Price
}

// Fixed tells whether there is always a checkpoint before step i: if the author wants
// one after the step before it, and before the first step that can't be undone.
func (r Rule) Fixed(steps []Step, i int) bool {
	irreversible := func(s Step) bool { return s.Irreversible }
	return i > 0 && (slices.Contains(r.After, steps[i-1].Kind) ||
		irreversible(steps[i]) && !slices.ContainsFunc(steps[:i], irreversible))
}
