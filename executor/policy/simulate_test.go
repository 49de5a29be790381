package policy_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gildhq/gild/executor/policy"
)

// world is where a plan is carried out over and over again, with interruptions that
// come whenever they like and steps that fail now and then; steps that fail and runs
// that are cut go on from the last checkpoint at once.
type world struct {
	rule   policy.Rule
	steps  []policy.Step
	random *rand.Rand
}

// run returns how many seconds it takes until all is sealed. Before gets what was
// done since the last checkpoint and the number of the next step.
func (w world) run(before func(policy.Work, int) bool) (seconds float64) {
	cut := w.random.ExpFloat64() * w.rule.MTBF
	spend := func(d float64) bool {
		if seconds+d > cut {
			seconds = cut
			cut += w.random.ExpFloat64() * w.rule.MTBF
			return false
		}
		seconds += d
		return true
	}
	sealed, done, work := 0, 0, policy.Work{}
	for sealed < len(w.steps) {
		if done == len(w.steps) || before(work, done) {
			if work = (policy.Work{}); spend(w.rule.Price) {
				sealed = done
			} else {
				done = sealed
			}
			if done == len(w.steps) {
				continue
			}
		}
		s := w.steps[done]
		if !spend(s.Seconds) || w.random.Float64() < s.Failure {
			done, work = sealed, policy.Work{}
			continue
		}
		done, work = done+1, w.rule.Add(work, 1, s)
	}
	return seconds
}

// mean is what many runs take on the average, each in a world of its own.
func (w world) mean(before func(policy.Work, int) bool) float64 {
	const runs = 120
	var sum float64
	for i := range runs {
		w.random = rand.New(rand.NewPCG(7, uint64(i)))
		sum += w.run(before)
	}
	return sum / runs
}

// The economic rule is about as good as the best fixed number of steps there is, which
// no one knows beforehand; where steps differ it may be better.
func TestAsGoodAsTheBestInterval(t *testing.T) {
	const within = 1.04
	hour := 3600.0
	mixed := many(400, policy.Step{Seconds: 2})
	for i := 50; i < len(mixed); i += 50 {
		mixed[i] = policy.Step{Seconds: 300, Failure: 0.1}
	}
	for _, tt := range []struct {
		name        string
		price, mtbf float64
		steps       []policy.Step
	}{
		{"offline, small steps", 1, hour, many(2000, policy.Step{Seconds: 1})},
		{"offline, a bad machine", 1, hour / 4, many(2000, policy.Step{Seconds: 1})},
		{"offline, few are cut", 1, 8 * hour, many(4000, policy.Step{Seconds: 1})},
		{"large hives", 10, hour, many(2000, policy.Step{Seconds: 2})},
		{"DISM", 200, 8 * hour, many(120, policy.Step{Seconds: 120})},
		{"DISM, a bad machine", 200, 2 * hour, many(120, policy.Step{Seconds: 120})},
		{"DISM, with failures", 200, 8 * hour, many(120, policy.Step{Seconds: 120, Failure: 0.02})},
		{"long steps", 60, 4 * hour, many(60, policy.Step{Seconds: 600})},
		{"risky steps among others", 10, 8 * hour, mixed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{rule: policy.Rule{Price: tt.price, MTBF: tt.mtbf}, steps: tt.steps}
			got := w.mean(func(work policy.Work, next int) bool { return w.rule.Due(work, w.steps[next]) })
			best, interval := math.Inf(1), 0
			for n := 1.0; n < float64(2*len(tt.steps)); n = math.Max(n+1, n*1.25) {
				every := int(n)
				if m := w.mean(func(work policy.Work, _ int) bool { return work.Steps >= every }); m < best {
					best, interval = m, every
				}
			}
			figures := fmt.Sprintf("%.0f s; each %d steps, which is best, %.0f s: %+.1f %%", got, interval, best, 100*(got/best-1))
			if t.Log(figures); got > within*best {
				t.Error(figures)
			}
		})
	}
}

// What is assumed of machines and steps costs little where they are otherwise: from
// machines that are interrupted every two hours to those that are hardly ever, and from
// steps that never fail to those that fail as often as assumed.
func TestAssumptions(t *testing.T) {
	const within = 1.1
	for _, tt := range []struct {
		name           string
		price, seconds float64
		steps          int
		assumed        float64
	}{
		{"offline", 1, 1, 2000, policy.FailureOther},
		{"DISM, a small image", 60, 120, 60, policy.FailureServiced},
		{"DISM", 200, 120, 60, policy.FailureServiced},
		{"DISM, long steps", 200, 600, 10, policy.FailureServiced},
	} {
		for _, mtbf := range []float64{2 * 3600, policy.MTBF, 40 * 3600} {
			for _, failure := range []float64{0, tt.assumed} {
				w := world{rule: policy.Rule{Price: tt.price, MTBF: mtbf}, steps: many(tt.steps, policy.Step{Seconds: tt.seconds, Failure: failure})}
				known := w.mean(func(work policy.Work, next int) bool { return w.rule.Due(work, w.steps[next]) })

				rule, step := policy.Rule{Price: tt.price, MTBF: policy.MTBF}, policy.Step{Seconds: tt.seconds, Failure: tt.assumed}
				assumed := w.mean(func(done policy.Work, _ int) bool {
					var work policy.Work
					for range done.Steps {
						work = rule.Add(work, 1, step)
					}
					return rule.Due(work, step)
				})
				figures := fmt.Sprintf("%s, cut each %.0f h, failures %.4f: %.0f s; with all known %.0f s: %+.1f %%",
					tt.name, mtbf/3600, failure, assumed, known, 100*(assumed/known-1))
				if t.Log(figures); assumed > within*known {
					t.Error(figures)
				}
			}
		}
	}
}
