package sequencer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/policy"
	"github.com/gildhq/gild/executor/sequencer"
)

// show writes an action as the tables have it.
func show(a sequencer.Action) string {
	switch a.Do {
	case sequencer.Apply, sequencer.Try, sequencer.Halve, sequencer.Seal, sequencer.Accept:
		again := ""
		if a.Again {
			again = " again"
		}
		return fmt.Sprintf("%s %d-%d%s", a.Do, a.From, a.To, again)
	case sequencer.Wait:
		return fmt.Sprintf("wait %d", a.Attempt)
	case sequencer.LeaveOut:
		return fmt.Sprint("leave out ", a.Out)
	case sequencer.Share, sequencer.Keep:
		return fmt.Sprintf("%s %d", a.Do, a.To)
	case sequencer.Stop:
		text := "stop"
		if a.Interrupted {
			text = "stop interrupted"
		}
		if a.Err != nil {
			text += ": " + strings.ReplaceAll(a.Err.Error(), "\n", "; ")
		}
		return text
	}
	return string(a.Do)
}

// TestNext goes through runs, action by action.
func TestNext(t *testing.T) {
	for _, tt := range []struct {
		name string
		world
		want string
	}{
		{name: "no steps", world: world{}, want: "publish"},
		{name: "all are made already", world: world{steps: alone(2), sealed: 2}, want: "publish"},
		{name: "one after the other", world: world{steps: alone(3)}, want: "apply 0-1, apply 1-2, apply 2-3, seal 0-3, publish"},
		{name: "from a checkpoint on", world: world{steps: alone(3), sealed: 2}, want: "apply 2-3, seal 2-3, publish"},
		{name: "at once", world: world{steps: together(3)}, want: "apply 0-3, seal 0-3, publish"},
		{name: "another kind between", world: world{steps: []step{{group: 1}, {}, {group: 1}}}, want: "apply 0-1, apply 1-2, apply 2-3, seal 0-3, publish"},
		{name: "what depends is made later", world: world{steps: []step{{group: 1}, {group: 1}, {group: 1, on: []int{1}}}}, want: "apply 0-2, apply 2-3, seal 0-3, publish"},
		{name: "checkpoints cut batches", world: world{steps: together(5), every: 2}, want: "apply 0-2, seal 0-2, apply 2-4, seal 2-4, apply 4-5, seal 4-5, publish"},
		{name: "others go on from there", world: world{steps: together(4), branches: []int{1, 3}},
			want: "apply 0-1, seal 0-1, share 1, apply 1-3, seal 1-3, share 3, apply 3-4, seal 3-4, share 4, publish"},

		{name: "one fails", world: world{steps: fails(alone(3), 1)}, want: "apply 0-1, apply 1-2, stop: 1"},
		{name: "what is sealed stays", world: world{steps: fails(alone(3), 1), every: 1}, want: "apply 0-1, seal 0-1, apply 1-2, stop: 1"},
		{name: "a batch fails at its third step", world: world{steps: fails(together(4), 2)},
			want: "apply 0-4, halve 0-4, reopen, apply 0-2, seal 0-2, apply 2-4, halve 2-4, reopen, apply 2-3, try 3-4, stop: 2"},
		{name: "two of a batch fail", world: world{steps: fails(together(4), 0, 3)},
			want: "apply 0-4, halve 0-4, reopen, apply 0-2, halve 0-2, reopen, apply 0-1, try 1-2, try 2-4, try 2-3, try 3-4, stop: 0; 3"},
		{name: "one of a batch fails, and the disk gets full", world: world{steps: fails(together(4), 0), broken: map[int]sequencer.Fault{8: 0}},
			want: "apply 0-4, halve 0-4, reopen, apply 0-2, halve 0-2, reopen, apply 0-1, try 1-2, stop: 0; broken"},
		{name: "the disk gets full a moment later", world: world{steps: fails(together(4), 0), broken: map[int]sequencer.Fault{9: 0}},
			want: "apply 0-4, halve 0-4, reopen, apply 0-2, halve 0-2, reopen, apply 0-1, try 1-2, try 2-4, stop: 0; broken"},
		{name: "a batch is too large", world: world{steps: together(4), most: 2},
			want: "apply 0-4, halve 0-4, reopen, apply 0-2, seal 0-2, apply 2-4, seal 2-4, publish"},
		{name: "a batch spoils the image", world: world{steps: spoils(fails(together(4), 2), 2)}, want: "apply 0-4, stop: 0-4"},
		{name: "in a folder", world: world{steps: fails(together(4), 0), inPlace: true},
			want: "apply 0-4, halve 0-4, apply 0-2, halve 0-2, apply 0-1, try 1-2, keep 2, try 2-4, keep 4, stop: 0"},

		{name: "it is known which one of a batch failed", world: world{steps: fails(together(4), 2), tells: true},
			want: "apply 0-4, reopen, apply 0-2, seal 0-2, stop: 2"},
		{name: "the first one of a batch", world: world{steps: fails(together(4), 0, 3), tells: true}, want: "apply 0-4, reopen, stop: 0; 3"},
		{name: "it is known, and left out", world: world{steps: skips(fails(together(4), 1, 2), 1, 2), tells: true},
			want: "apply 0-4, leave out [1], leave out [2], accept 0-4, seal 0-4, publish"},
		{name: "not all were tried", world: world{steps: skips(fails(together(4), 1), 1), tells: true, tried: 2},
			want: "apply 0-4, leave out [1], accept 0-2, apply 2-4, seal 0-4, publish"},
		{name: "not all were tried behind one that failed", world: world{steps: fails(together(8), 0, 4, 6), tells: true, mute: 1, tried: 3},
			want: "apply 0-8, halve 0-8, reopen, apply 0-4, reopen, try 4-8, try 7-8, stop: 0; 4; 6"},
		{name: "what is to be kept fails now", world: world{steps: sound(fails(together(8), 0, 2), 0, 2), tells: true, mute: 1},
			want: "apply 0-8, halve 0-8, reopen, apply 0-4, reopen, apply 0-2, reopen, try 4-8, stop: 2; 0"},
		{name: "it is known, in a folder", world: world{steps: fails(together(4), 1), tells: true, tried: 2, inPlace: true}, want: "apply 0-4, keep 2, stop: 1"},
		{name: "it is known, and all that fails is found", world: world{steps: fails(together(3), 1), tells: true, keepOn: true},
			want: "apply 0-3, leave out [1], accept 0-3, seal 0-3, stop: 1"},

		{name: "it passes", world: world{steps: passes(alone(3), 1, 1)},
			want: "apply 0-1, apply 1-2, wait 1, reopen, apply 0-1 again, seal 0-1, apply 1-2, apply 2-3, seal 1-3, publish"},
		{name: "it does not pass", world: world{steps: passes(alone(2), 1, 9)},
			want: "apply 0-1, apply 1-2, wait 1, reopen, apply 0-1 again, seal 0-1, apply 1-2, wait 2, reopen, apply 1-2, wait 3, stop: 1"},
		{name: "it passes in a folder", world: world{steps: passes(alone(2), 1, 1), inPlace: true}, want: "apply 0-1, apply 1-2, wait 1, apply 1-2, seal 0-2, publish"},
		{name: "others have sealed it meanwhile", world: world{steps: passes(alone(3), 1, 1), others: 2},
			want: "apply 0-1, apply 1-2, wait 1, reopen, apply 2-3, seal 2-3, publish"},
		{name: "the way back fails and passes", world: world{steps: passes(alone(2), 1, 1), broken: map[int]sequencer.Fault{4: sequencer.Passing | sequencer.Blamed}},
			want: "apply 0-1, apply 1-2, wait 1, reopen, wait 2, reopen, apply 0-1 again, seal 0-1, apply 1-2, seal 1-2, publish"},
		{name: "the way back fails", world: world{steps: skips(passes(alone(2), 1, 1), 1), broken: map[int]sequencer.Fault{6: sequencer.Blamed}},
			want: "apply 0-1, apply 1-2, wait 1, reopen, apply 0-1 again, seal 0-1, stop: broken"},
		{name: "a checkpoint fails", world: world{steps: skips(alone(2), 0, 1), every: 1, broken: map[int]sequencer.Fault{2: sequencer.Blamed | sequencer.Passing}},
			want: "apply 0-1, seal 0-1, stop: broken"},

		{name: "left out", world: world{steps: skips(fails(alone(3), 1), 1)},
			want: "apply 0-1, apply 1-2, leave out [1], reopen, apply 0-1 again, seal 0-1, apply 2-3, seal 1-3, publish"},
		{name: "the last one is left out", world: world{steps: skips(fails(alone(2), 1), 1), branches: []int{2}},
			want: "apply 0-1, apply 1-2, leave out [1], reopen, apply 0-1 again, seal 0-1, share 1, share 2, publish"},
		{name: "left out with what depends on it", world: world{steps: []step{{bad: always, skip: true}, {}, {on: []int{0}, skip: true}}},
			want: "apply 0-1, leave out [0 2], reopen, apply 1-2, seal 0-3, publish"},
		{name: "needed by another", world: world{steps: []step{{bad: always, skip: true}, {on: []int{0}}}},
			want: "apply 0-1, stop: it can't be left out: step 1 depends on it and has no on_error = \"skip\": 0"},
		{name: "left out of a batch", world: world{steps: skips(fails(together(4), 1), 1)},
			want: "apply 0-4, halve 0-4, reopen, apply 0-2, halve 0-2, reopen, apply 0-1, seal 0-1, apply 1-2, leave out [1], reopen, apply 2-4, seal 2-4, publish"},
		{name: "left out of a folder", world: world{steps: skips(fails(alone(2), 0), 0), inPlace: true}, want: "apply 0-1, leave out [0], apply 1-2, seal 0-2, publish"},
		{name: "all that fails is found", world: world{steps: fails(alone(3), 0, 2), keepOn: true},
			want: "apply 0-1, leave out [0], reopen, apply 1-2, apply 2-3, leave out [2], reopen, apply 1-2 again, seal 0-2, stop: 0; 2"},

		{name: "stopped", world: world{steps: alone(3), stopAt: 2}, want: "apply 0-1, apply 1-2, seal 0-2, stop interrupted"},
		{name: "stopped when one fails", world: world{steps: fails(alone(2), 1), stopAt: 2}, want: "apply 0-1, apply 1-2, stop: 1"},
		{name: "stopped at the end", world: world{steps: alone(2), stopAt: 2}, want: "apply 0-1, apply 1-2, seal 0-2, stop interrupted"},
		{name: "stopped while it is waited", world: world{steps: passes(alone(2), 1, 9), stopAt: 3}, want: "apply 0-1, apply 1-2, wait 1, stop interrupted: 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(tt.run(t), ", "); got != tt.want {
				t.Error(cmp.Diff(strings.Split(tt.want, ", "), strings.Split(got, ", ")))
			}
		})
	}
}

func alone(n int) []step { return make([]step, n) }

func together(n int) []step {
	steps := make([]step, n)
	for i := range steps {
		steps[i].group = 1
	}
	return steps
}

func fails(steps []step, which ...int) []step { return passesAll(steps, always, 0, which...) }

func passes(steps []step, which, times int) []step {
	return passesAll(steps, times, sequencer.Passing, which)
}

func spoils(steps []step, which int) []step {
	return passesAll(steps, steps[which].bad, sequencer.Spoiled, which)
}

func passesAll(steps []step, times int, fault sequencer.Fault, which ...int) []step {
	for _, i := range which {
		steps[i].bad, steps[i].fault = times, fault
	}
	return steps
}

func sound(steps []step, which, times int) []step {
	steps[which].sound = times
	return steps
}

func skips(steps []step, which ...int) []step {
	for _, i := range which {
		steps[i].skip = true
	}
	return steps
}

// planned is an outlook in which each step is expected to take some seconds.
type planned struct {
	seconds float64
	rule    policy.Rule
}

func (p planned) Expect(int) policy.Step { return policy.Step{Kind: "any", Seconds: p.seconds} }
func (p planned) Rule() policy.Rule      { return p.rule }

// TestPace: a checkpoint is made by the time that the steps took, which is what events say.
func TestPace(t *testing.T) {
	for _, tt := range []struct {
		name       string
		checkpoint dsl.Checkpoint
		price      float64
		expected   float64 // seconds that a step takes; in truth it is 10
		want       string
	}{
		{"each 20 seconds", dsl.Checkpoint{Every: 20e9}, 1, 1, "2 4 5"},
		{"too dear", dsl.Checkpoint{}, 1e6, 10, "5"},
		{"√(2·2·100) seconds", dsl.Checkpoint{}, 2, 10, "2 4 5"},
		{"the next step is not expected to lose much", dsl.Checkpoint{}, 2, 1, "3 5"},
		{"after a kind", dsl.Checkpoint{After: []string{"any"}}, 1e6, 10, "1 2 3 4 5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{steps: alone(5)}
			rule := policy.Rule{Checkpoint: tt.checkpoint, Price: tt.price, MTBF: 100}
			s := sequencer.New(sequencer.Task{Steps: &w, Outlook: planned{tt.expected, rule}, Checkpoint: tt.checkpoint}, 0)
			var sealed []string
			e := sequencer.Event{Now: 1000}
			for a := s.Next(e); a.Do != sequencer.Publish; a = s.Next(e) {
				switch a.Do {
				case sequencer.Apply:
					e.Now += 10
				case sequencer.Seal:
					sealed = append(sealed, fmt.Sprint(a.To))
				default:
					t.Fatal(show(a))
				}
			}
			if got := strings.Join(sealed, " "); got != tt.want {
				t.Errorf("sealed after %s, want %s", got, tt.want)
			}
		})
	}
}

// TestLostCheckpoint: where the backend lost what was sealed, the run ends.
func TestLostCheckpoint(t *testing.T) {
	w := world{steps: passes(alone(3), 2, 1)}
	s := sequencer.New(sequencer.Task{Steps: &w, Outlook: planned{}}, 2)
	a := s.Next(sequencer.Event{})
	for _, e := range []sequencer.Event{{Err: errors.New("bad"), Fault: sequencer.Passing}, {}, {At: 1}} {
		a = s.Next(e)
	}
	if want := "stop: the backend opened the image at step 1, and 2 are sealed"; show(a) != want {
		t.Errorf("got %q, want %q", show(a), want)
	}
}
