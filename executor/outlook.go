package executor

import (
	"slices"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/policy"
)

// outlook estimates an image's steps and checkpoints from earlier runs and this one: a
// [sequencer.Outlook].
type outlook struct {
	*subject
	known  *history.History
	prices []float64 // seconds that checkpoints of this run took
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

// Rule is the present rule for checkpoints. The checkpoints of this run are the
// best estimate of the price, because they copy the same changes.
func (o *outlook) Rule() policy.Rule {
	rule := policy.Rule{Checkpoint: o.img.Checkpoint, Price: o.known.Price(o.img), MTBF: policy.MTBF}
	if n := len(o.prices); n > 0 {
		rule.Price = slices.Sorted(slices.Values(o.prices))[n/2]
	}
	return rule
}
