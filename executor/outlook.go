package executor

import (
	"slices"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/policy"
)

// outlook is what is expected of an image's steps and checkpoints, by what earlier runs
// and this one tell: a [sequencer.Outlook].
type outlook struct {
	*subject
	known  *history.History
	prices []float64 // seconds that checkpoints of this run took
}

func (o *outlook) Expect(step int) policy.Step {
	seconds, _ := o.known.Expected(o.img, step)
	way := o.way(step)
	return policy.Step{
		Kind: o.item(step).Addr.Kind, Seconds: seconds, Failure: o.known.Failure(o.img, step),
		Irreversible: way != nil && way.Irreversible,
	}
}

// Rule is the rule by which checkpoints are made now. Those of this run tell best
// what one costs: it is what has been changed that is copied.
func (o *outlook) Rule() policy.Rule {
	rule := policy.Rule{Checkpoint: o.img.Checkpoint, Price: o.known.Price(o.img), MTBF: o.known.MTBF()}
	if n := len(o.prices); n > 0 {
		rule.Price = slices.Sorted(slices.Values(o.prices))[n/2]
	}
	return rule
}
