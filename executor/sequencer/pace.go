package sequencer

import "github.com/gildhq/gild/executor/policy"

// pace decides when a checkpoint is worth what it costs.
type pace struct {
	Outlook
	author   policy.Rule   // the author's rule, which needs no estimates
	expected []policy.Step // latest estimate for each step
	work     policy.Work   // since the last checkpoint
	since    float64       // time of the last checkpoint
}

func newPace(t Task) pace {
	p := pace{Outlook: t.Outlook, author: policy.Rule{Checkpoint: t.Checkpoint}, expected: make([]policy.Step, t.Len())}
	for i := range p.expected {
		p.expected[i] = t.Expect(i)
	}
	return p
}

// sealed resets the work: a checkpoint was made.
func (p *pace) sealed(now float64) { p.work, p.since = policy.Work{}, now }

// fixed reports whether there is always a checkpoint before a step, whatever was measured. No
// batch spans it.
func (p *pace) fixed(sealed, step int) bool {
	return p.author.Steps > 0 && step-sealed >= p.author.Steps || p.author.Fixed(p.expected, step)
}

// due reports whether to make a checkpoint between the steps done and the next batch.
func (p *pace) due(sealed, done, next int, now float64) bool {
	rule := p.Rule()
	p.account(rule, sealed, done, now-p.since)
	ahead := p.expected[done : done+next]
	for i := range ahead {
		ahead[i] = p.Expect(done + i)
	}
	return rule.Fixed(p.expected, done) || rule.Due(p.work, policy.Join(ahead...))
}

// account adds the steps made since its last call to the unsealed work, which has taken that many
// seconds in total.
func (p *pace) account(rule policy.Rule, sealed, done int, seconds float64) {
	if sealed+p.work.Steps > done {
		p.work = policy.Work{} // a failure has undone steps
	}
	from := sealed + p.work.Steps
	sum := policy.Join(p.expected[from:done]...)
	sum.Seconds = max(seconds-p.work.Seconds, 0)
	p.work = rule.Add(p.work, done-from, sum)
}
