// Package policy decides when work is made durable: before which steps a
// checkpoint is worth what it costs.
//
// It is arithmetic on seconds and probabilities, and knows neither images nor
// clocks: so the same rule carries out a plan and foretells how that will go.
package policy

import (
	"slices"

	"github.com/gildhq/gild/dsl"
)

// Step is what is expected of a step, or of several that are made at once.
type Step struct {
	Kind         string
	Seconds      float64 // that it takes
	Failure      float64 // probability that it fails, which costs the work since the last checkpoint
	Irreversible bool    // nothing but a checkpoint leads back
}

// Join returns what is expected of steps that are made at once.
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
// Without words of the author it is economic: a checkpoint is made when what is
// expected to be lost without it comes to more than its price. For many small
// steps that is each √(2·Price·MTBF) seconds (Young, "A first order approximation to
// the optimum checkpoint interval", 1974), and a step that often fails has its
// checkpoint before it as soon as enough work stands behind that.
type Rule struct {
	dsl.Checkpoint
	Price float64 // seconds that a checkpoint takes
	MTBF  float64 // seconds of work between two interruptions
}

// Work is what was done since the last checkpoint. The zero value is nothing.
type Work struct {
	Steps   int
	Seconds float64 // that it took, and would take again

	loss float64 // seconds that were to be expected to be lost, up to now
}

// Add adds n steps, of which what is given is the sum, with the seconds they took.
func (r Rule) Add(w Work, n int, sum Step) Work {
	return Work{Steps: w.Steps + n, Seconds: w.Seconds + sum.Seconds, loss: w.loss + r.loss(w, sum)}
}

// loss is what the work may be expected to lose while a step is made: the chance that
// the step fails or is interrupted, times all that is not sealed. What the step itself
// has done by then is lost with a checkpoint before it, too.
func (r Rule) loss(w Work, s Step) float64 { return (s.Failure + s.Seconds/r.MTBF) * w.Seconds }

// Due tells whether a checkpoint is to be made between the work and the step after
// it. Steps and Every of the author stand in place of the economic rule.
func (r Rule) Due(w Work, next Step) bool {
	switch {
	case w.Steps == 0:
		return false
	case r.Steps > 0 || r.Every > 0:
		return r.Steps > 0 && w.Steps >= r.Steps || r.Every > 0 && w.Seconds >= r.Every.Seconds()
	}
	return w.loss+r.loss(w, next) > r.Price
}

// Fixed tells whether a checkpoint comes before step i whatever was measured: where
// the author wants one after the step before it, and before the first step that can't
// be undone.
func (r Rule) Fixed(steps []Step, i int) bool {
	irreversible := func(s Step) bool { return s.Irreversible }
	return i > 0 && (slices.Contains(r.After, steps[i-1].Kind) ||
		irreversible(steps[i]) && !slices.ContainsFunc(steps[:i], irreversible))
}
