package sequencer

import "github.com/gildhq/gild/executor/policy"

// pace decides when a checkpoint is worth what it costs.
type pace struct {
	Outlook
	author   policy.Rule   // what the author wants, independent of estimates
	expected []policy.Step // the last estimate of each step
	work     policy.Work   // since the last checkpoint
	since    float64       // when that was made
}

func newPace(t Task) pace {
	p := pace{Outlook: t.Outlook, author: policy.Rule{Checkpoint: t.Checkpoint}, expected: make([]policy.Step, t.Len())}
	for i := range p.expected {
		p.expected[i] = t.Expect(i)
	}
	return p
}

// sealed begins with nothing to lose.
func (p *pace) sealed(now float64) { p.work, p.since = policy.Work{}, now }

// fixed tells whether there is always a checkpoint before a step, independent of
// measurements: no batch spans it.
func (p *pace) fixed(sealed, step int) bool {
	return p.author.Steps > 0 && step-sealed >= p.author.Steps || p.author.Fixed(p.expected, step)
}

// due tells whether to make a checkpoint between the steps done and the next batch.
func (p *pace) due(sealed, done, next int, now float64) bool {
	rule := p.Rule()
	p.account(rule, sealed, done, now-p.since)
	ahead := p.expected[done : done+next]
	for i := range ahead {
		ahead[i] = p.Expect(done + i)
	}
	return rule.Fixed(p.expected, done) || rule.Due(p.work, policy.Join(ahead...))
}

// account adds the steps made since its last call to the unsealed work, which has
// taken that many seconds by now.
func (p *pace) account(rule policy.Rule, sealed, done int, seconds float64) {
	if sealed+p.work.Steps > done {
		p.work = policy.Work{} // a failure has undone steps
	}
	from := sealed + p.work.Steps
	sum := policy.Join(p.expected[from:done]...)
	sum.Seconds = max(seconds-p.work.Seconds, 0)
	p.work = rule.Add(p.work, done-from, sum)
}
