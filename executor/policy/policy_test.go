package policy_test

import (
	"math"
	"testing"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/policy"
)

// seals returns before which of the steps a checkpoint is made, by a rule and by what
// is expected.
func seals(r policy.Rule, steps []policy.Step) []int {
	var at []int
	var w policy.Work
	for i, s := range steps {
		if r.Due(w, s) || r.Fixed(steps, i) && w.Steps > 0 {
			at, w = append(at, i), policy.Work{}
		}
		w = r.Add(w, 1, s)
	}
	return at
}

func many(n int, s policy.Step) []policy.Step {
	steps := make([]policy.Step, n)
	for i := range steps {
		steps[i] = s
	}
	return steps
}

func TestRule(t *testing.T) {
	second := policy.Step{Kind: "file", Seconds: 1}
	for _, tt := range []struct {
		name  string
		rule  policy.Rule
		steps []policy.Step
		want  []int
	}{
		{"nothing to do", policy.Rule{Price: 1, MTBF: 1}, nil, nil},
		{"too little to lose", policy.Rule{Price: 10, MTBF: 28800}, many(500, second), nil},
		{"each √(2·2·100) = 20 seconds", policy.Rule{Price: 2, MTBF: 100}, many(60, second), []int{20, 40}},
		{"before a risky step", policy.Rule{Price: 10, MTBF: 28800}, append(many(300, second), policy.Step{Kind: "language_pack", Seconds: 60, Failure: 0.05}, second), []int{300}},
		{"a risky step with nothing behind it", policy.Rule{Price: 10, MTBF: 28800}, append(many(3, second), policy.Step{Seconds: 60, Failure: 0.5}), nil},
		{"the author's steps", policy.Rule{Checkpoint: dsl.Checkpoint{Steps: 3}, Price: 1e9, MTBF: 1}, many(8, second), []int{3, 6}},
		{"the author's time", policy.Rule{Checkpoint: dsl.Checkpoint{Every: 5 * time.Second}, Price: 1e9, MTBF: 1}, many(12, second), []int{5, 10}},
		{"both, whichever comes first", policy.Rule{Checkpoint: dsl.Checkpoint{Steps: 3, Every: 2 * time.Second}}, many(5, second), []int{2, 4}},
		{"in place of the economic rule", policy.Rule{Checkpoint: dsl.Checkpoint{Steps: 100}, Price: 0, MTBF: 1}, many(50, second), nil},
		{"after a kind", policy.Rule{Checkpoint: dsl.Checkpoint{After: []string{"package"}}, Price: 1e9, MTBF: 1e9},
			[]policy.Step{second, {Kind: "package"}, {Kind: "package"}, second, second}, []int{2, 3}},
		{"after a kind, and the economic rule", policy.Rule{Checkpoint: dsl.Checkpoint{After: []string{"package"}}, Price: 2, MTBF: 100},
			append(many(30, second), policy.Step{Kind: "package", Seconds: 1}, second), []int{20, 31}},
		{"before the first that can't be undone", policy.Rule{Price: 1e9, MTBF: 1e9},
			[]policy.Step{second, second, {Irreversible: true}, {Irreversible: true}, second}, []int{2}},
		{"nothing before it", policy.Rule{Price: 1e9, MTBF: 1e9}, []policy.Step{{Irreversible: true}, second}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := seals(tt.rule, tt.steps)
			if len(got) != len(tt.want) {
				t.Fatalf("before %v, want %v", got, tt.want)
			}
			for i := range got {
				if d := got[i] - tt.want[i]; d < -1 || d > 1 { // the sum is not the integral
					t.Errorf("before %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestJoin(t *testing.T) {
	got := policy.Join(policy.Step{Kind: "a", Seconds: 1, Failure: 0.5}, policy.Step{Kind: "a", Seconds: 2, Failure: 0.5, Irreversible: true})
	if got.Kind != "a" || got.Seconds != 3 || math.Abs(got.Failure-0.75) > 1e-9 || !got.Irreversible {
		t.Errorf("%+v", got)
	}
}
