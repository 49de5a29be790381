package executor

import (
	"slices"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/policy"
)

// outlook estimates the steps and checkpoints of an image from earlier runs and from this one. It
// is a [sequencer.Outlook].
type outlook struct {
	*subject
	known  *history.History
	prices []float64 // seconds that each checkpoint of this run took
}

func (o *outlook) Expect(step int) policy.Step {
	seconds, _ := o.known.Expected(o.img, step)
	way := o.way(step)
	failure := policy.FailureOther
	if o.img.Steps[step].Serviced {
		failure = policy.FailureServiced
	}
	return policy.Step{
		Kind: o.item(step).Addr.Kind, Seconds: seconds, Failure: failure, Irreversible: way != nil && way.Irreversible,
	}
}

// Rule returns the current rule for checkpoints. Checkpoints of this run predict the price best,
// because they copy the same changes.
func (o *outlook) Rule() policy.Rule {
	rule := policy.Rule{Checkpoint: o.img.Checkpoint, Price: o.known.Price(o.img), MTBF: policy.MTBF}
	if n := len(o.prices); n > 0 {
		rule.Price = slices.Sorted(slices.Values(o.prices))[n/2]
	}
	return rule
}
