package view

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/operation/policy"
)

// PolicyTests is the JSON form of the outcomes of tests of policies.
type PolicyTests struct {
	FormatVersion string       `json:"format_version"`
	Passed        int          `json:"passed"`
	Failed        int          `json:"failed"`
	Skipped       int          `json:"skipped"`
	Tests         []PolicyTest `json:"tests"`
}

// PolicyTest is the outcome of one.
type PolicyTest struct {
	Name    string         `json:"name"`
	Outcome policy.Outcome `json:"outcome"`
	Detail  string         `json:"detail,omitempty"`
	File    string         `json:"file"`
	Line    int            `json:"line"`
	Seconds float64        `json:"seconds"`
}

// NewPolicyTests puts outcomes into that form.
func NewPolicyTests(results []policy.Tested) PolicyTests {
	p := PolicyTests{FormatVersion: "1.0", Tests: []PolicyTest{}}
	for _, t := range results {
		switch t.Outcome {
		case policy.Passed:
			p.Passed++
		case policy.Skipped:
			p.Skipped++
		default:
			p.Failed++
		}
		p.Tests = append(p.Tests, PolicyTest{t.Name, t.Outcome, t.Detail, t.File, t.Line, t.Took.Seconds()})
	}
	return p
}

// Print prints a line for each test, and what they add up to.
func (p PolicyTests) Print(s *Screen) {
	for _, t := range p.Tests {
		sign, color := "✓", green
		switch t.Outcome {
		case policy.Skipped:
			sign, color = "-", dim
		case policy.Failed, policy.Errored:
			sign, color = "×", red
		}
		s.out.printf("%s %s\n", s.out.paint(color, sign), printable(t.Name))
		if t.Outcome == policy.Passed {
			continue
		}
		s.out.printf("    %s: at %s:%d\n", t.Outcome, t.File, t.Line)
		for line := range strings.Lines(t.Detail) {
			s.out.printf("    %s\n", printable(strings.TrimSuffix(line, "\n")))
		}
	}
	text := fmt.Sprintf("%d passed, %d failed", p.Passed, p.Failed)
	if p.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped", p.Skipped)
	}
	color := green
	if p.Failed > 0 {
		color = red
	}
	s.out.printf("\n%s\n", s.out.paint(color, text+"."))
}
