package sequencer_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/policy"
	"github.com/gildhq/gild/executor/sequencer"
)

const always = 1 << 20

// step is one of an image, and what becomes of it.
type step struct {
	group int // those of one group may be made at once; 0: alone
	on    []int
	skip  bool
	sound int // how often it is made before it fails
	bad   int // how often it fails
	fault sequencer.Fault
}

// fails tells whether a step fails this time.
func (s *step) fails() bool {
	switch {
	case s.sound > 0:
		s.sound--
		return false
	case s.bad > 0:
		s.bad--
		return true
	}
	return false
}

// world is an image with its store, and what happens to them. It does what a sequencer says, and
// makes sure that it may be done.
type world struct {
	steps           []step
	branches        []int
	every           int // steps between two checkpoints; 0: none before the end
	inPlace, keepOn bool
	tells           bool                    // which ones of a batch failed is known
	mute            int                     // how often it is not, before that
	tried           int                     // steps of a batch that are tried then, those that fail among them; 0: all
	most            int                     // steps that can be made at once; 0: any number
	stopAt          int                     // the number of the action after which the run is to end; 0: none
	broken          map[int]sequencer.Fault // numbers of actions that fail for a reason of the store
	others          int                     // steps that another run seals before the image is opened again

	left    map[int]bool
	content []int // steps that the image holds, in the order they were made
	unknown bool  // a failure has left it in an unknown state
	sealed  int
	reused  int // steps that others have made
	trying  bool
	last    sequencer.Action
}

func (w *world) Len() int { return len(w.steps) }
func (w *world) Together(a, b int) bool {
	return w.steps[a].group != 0 && w.steps[a].group == w.steps[b].group
}
func (w *world) DependsOn(step, earlier int) bool { return slices.Contains(w.steps[step].on, earlier) }
func (w *world) Skip(step int) bool               { return w.steps[step].skip }
func (w *world) Name(step int) string             { return fmt.Sprint("step ", step) }
func (w *world) Dependents(step int) []int {
	all := []int{step}
	for i := step + 1; i < len(w.steps); i++ {
		if slices.ContainsFunc(w.steps[i].on, func(on int) bool { return slices.Contains(all, on) }) {
			all = append(all, i)
		}
	}
	return all
}

// kept are the first n steps without those left out.
func (w *world) kept(n int) []int {
	var kept []int
	for i := range n {
		if !w.left[i] {
			kept = append(kept, i)
		}
	}
	return kept
}

// run does what a sequencer says up to the end, and returns what that was.
func (w *world) run(t *testing.T) []string {
	t.Helper()
	w.left, w.content, w.reused = map[int]bool{}, w.kept(w.sealed), w.sealed
	rule := policy.Rule{Checkpoint: dsl.Checkpoint{Steps: w.every}, Price: 1, MTBF: 1}
	s := sequencer.New(sequencer.Task{
		Steps: w, Outlook: planned{0, rule}, Checkpoint: rule.Checkpoint, Branches: w.branches, InPlace: w.inPlace, Continue: w.keepOn,
	}, w.sealed)
	var did []string
	var e sequencer.Event
	for n := 1; ; n++ {
		a := s.Next(e)
		did = append(did, show(a))
		ends := a.Do == sequencer.Publish || a.Do == sequencer.Stop
		var err error
		if e, err = w.do(a, n); err != nil || n > 1000 {
			t.Fatalf("%v\n%+v\n%s", err, *w, strings.Join(did, "\n"))
		}
		e.Stopped = w.stopAt > 0 && n >= w.stopAt
		if !ends {
			w.last = a
			continue
		}
		count := s.Count()
		if all := len(w.kept(len(w.steps))); count.Reused != w.reused || a.Do == sequencer.Publish && count.Applied != all-w.reused {
			t.Fatalf("counted are %+v of %d, and %d are of others\n%s", count, all, w.reused, strings.Join(did, "\n"))
		}
		return did
	}
}

// do does an action. It returns an error if the sequencer must not ask for it.
func (w *world) do(a sequencer.Action, n int) (e sequencer.Event, wrong error) {
	if fault, ok := w.broken[n]; ok && slices.Contains([]sequencer.Do{sequencer.Seal, sequencer.Reopen, sequencer.Share, sequencer.LeaveOut, sequencer.Try}, a.Do) {
		return sequencer.Event{Err: errors.New("broken"), Fault: fault}, nil
	}
	holds := func(n int) bool { return !w.unknown && slices.Equal(w.content, w.kept(n)) || w.inPlace }
	switch a.Do {
	case sequencer.Apply, sequencer.Try:
		switch {
		case a.Do == sequencer.Apply && (w.trying || !holds(a.From)):
			return e, fmt.Errorf("made are %v, unknown %v, before %s", w.content, w.unknown, show(a))
		case a.Again && a.From < w.sealed:
			return e, errors.New("what is sealed is made again")
		}
		w.trying = w.trying || a.Do == sequencer.Try
		return w.apply(a)
	case sequencer.Wait:
		if w.stopAt > 0 && n >= w.stopAt || a.Attempt >= 3 {
			e.Err = a.Err
		}
	case sequencer.LeaveOut:
		return e, w.leaveOut(a)
	case sequencer.Reopen:
		if w.inPlace || w.trying {
			return e, errors.New("it can't be opened again")
		}
		if w.others > w.sealed {
			w.reused += len(w.kept(w.others)) - len(w.kept(w.sealed))
			w.sealed = w.others
		}
		w.content, w.unknown = w.kept(w.sealed), false
		for w.sealed > 0 && w.left[w.sealed-1] { // the backend knows only of steps that are made
			w.sealed--
		}
		e.At = w.sealed
	case sequencer.Seal:
		if a.To <= w.sealed || w.trying || !holds(a.To) {
			return e, fmt.Errorf("made are %v, unknown %v", w.content, w.unknown)
		}
		w.sealed = a.To
	case sequencer.Accept:
		if !holds(a.To) {
			return e, fmt.Errorf("made are %v, unknown %v", w.content, w.unknown)
		}
	case sequencer.Keep:
		if !w.inPlace {
			return e, errors.New("it is no folder")
		}
	case sequencer.Share:
		if len(w.kept(w.sealed)) < len(w.kept(a.To)) {
			return e, fmt.Errorf("%d are shared, and %d sealed", a.To, w.sealed)
		}
	case sequencer.Publish:
		return e, w.publish(holds)
	case sequencer.Stop:
		return e, w.stop(a, n)
	}
	return e, nil
}

func (w *world) apply(a sequencer.Action) (e sequencer.Event, wrong error) {
	if a.From >= a.To || a.To > len(w.steps) {
		return e, errors.New("no steps")
	}
	for i := a.From; i < a.To; i++ {
		for k := a.From; k < i; k++ {
			if !w.Together(k, i) || w.DependsOn(i, k) {
				return e, fmt.Errorf("%d and %d can't be made at once", k, i)
			}
		}
		if w.left[i] || i > a.From && slices.Contains(w.branches, i) {
			return e, fmt.Errorf("%d can't be made with those before it", i)
		}
		if slices.ContainsFunc(w.steps[i].on, func(on int) bool { return !slices.Contains(w.content, on) && on < a.From }) && a.Do == sequencer.Apply {
			return e, fmt.Errorf("%d is made before what it depends on", i)
		}
	}
	if w.tells && a.To-a.From > 1 {
		if w.mute == 0 {
			return w.applySome(a), nil
		}
		w.mute--
	}
	var bad *step
	for i := a.From; i < a.To && bad == nil; i++ {
		if s := &w.steps[i]; s.fails() {
			bad = s
		}
	}
	if tooMany := w.most > 0 && a.To-a.From > w.most; bad != nil || tooMany {
		name := fmt.Sprint(a.From)
		if a.To-a.From > 1 {
			name = fmt.Sprintf("%d-%d", a.From, a.To)
		}
		e.Err, e.Fault, w.unknown = errors.New(name), sequencer.Blamed, true
		if bad != nil {
			e.Fault |= bad.fault
		}
		return e, nil
	}
	for i := a.From; i < a.To; i++ {
		w.content = append(w.content, i)
	}
	return e, nil
}

// applySome makes some of the steps of a batch, and tells which not.
func (w *world) applySome(a sequencer.Action) sequencer.Event {
	failed, tried := map[int]error{}, a.To
	if w.tried > 0 {
		tried = min(a.From+w.tried, a.To)
	}
	var errs []error
	var fault sequencer.Fault
	for i := a.From; i < tried; i++ {
		s := &w.steps[i]
		if !s.fails() {
			continue
		}
		failed[i] = errors.New(fmt.Sprint(i))
		errs, fault = append(errs, failed[i]), fault|s.fault&^sequencer.Spoiled
	}
	if len(failed) == 0 {
		tried = a.To
	}
	for i := a.From; i < tried; i++ {
		if failed[i] == nil {
			w.content = append(w.content, i)
		}
	}
	if len(failed) == 0 {
		return sequencer.Event{}
	}
	return sequencer.Event{Err: errors.Join(errs...), Fault: fault | sequencer.Blamed, Failed: failed, Tried: tried}
}

// leaveOut: only what fails for good and what depends on it is left out, and only what may be.
func (w *world) leaveOut(a sequencer.Action) error {
	first := a.Out[0]
	if w.steps[first].bad == 0 && w.steps[first].fault&sequencer.Passing == 0 || w.last.To-w.last.From != 1 && w.last.Do == sequencer.Apply && !w.tells {
		return fmt.Errorf("%d has not failed", first)
	}
	want := slices.DeleteFunc(w.Dependents(first), func(i int) bool { return w.left[i] })
	if !slices.Equal(a.Out, want) {
		return fmt.Errorf("left out are %v, and what depends is %v", a.Out, want)
	}
	for _, i := range a.Out {
		if !w.steps[i].skip && !w.keepOn {
			return fmt.Errorf("%d is needed", i)
		}
		w.left[i] = true
	}
	return nil
}

func (w *world) publish(holds func(int) bool) error {
	all := w.kept(len(w.steps))
	switch {
	case !holds(len(w.steps)) || w.trying:
		return fmt.Errorf("made are %v, unknown %v, tried %v", w.content, w.unknown, w.trying)
	case len(w.kept(w.sealed)) != len(all):
		return fmt.Errorf("only %d are sealed", w.sealed)
	}
	for i, s := range w.steps {
		if w.left[i] && !s.skip {
			return fmt.Errorf("%d is needed and left out", i)
		}
		if !w.left[i] && !slices.Contains(w.content, i) {
			return fmt.Errorf("%d is undone", i)
		}
	}
	return nil
}

// stop: a run ends for a reason, and one that was asked to end keeps all it has done. What
// is named has failed, and of steps that fail for good the first one is named.
func (w *world) stop(a sequencer.Action, n int) error {
	switch {
	case a.Interrupted && (w.stopAt == 0 || n <= w.stopAt):
		return errors.New("nobody asked for it")
	case a.Interrupted && a.Err == nil && (len(w.kept(w.sealed)) != len(w.content) || w.unknown) && !w.inPlace:
		return fmt.Errorf("made are %v, and %d sealed", w.content, w.sealed)
	case !a.Interrupted && a.Err == nil:
		return errors.New("there is no reason")
	case a.Interrupted:
		return nil
	}
	for line := range strings.Lines(a.Err.Error()) {
		if line = strings.TrimSpace(line); line == "broken" {
			continue
		}
		name := line[strings.LastIndexByte(line, ' ')+1:] // it may say first why it can't be left out
		var from, to int
		if n, _ := fmt.Sscanf(name, "%d-%d", &from, &to); n < 2 {
			to = from + 1
		}
		if !slices.ContainsFunc(w.steps[from:to], func(s step) bool { return s.bad > 0 || s.fault != 0 }) && w.most == 0 {
			return fmt.Errorf("%s is named, and nothing is wrong with it", name)
		}
	}
	return nil
}

// TestAllSmall goes through all runs of four steps, whatever becomes of each.
func TestAllSmall(t *testing.T) {
	fates := []step{
		{}, {bad: always}, {bad: always, skip: true}, {bad: 1, fault: sequencer.Passing}, {bad: always, fault: sequencer.Spoiled, skip: true},
	}
	groups := [][]int{{0, 0, 0, 0}, {1, 1, 1, 1}, {1, 1, 2, 2}, {0, 1, 1, 1}}
	ends := map[string]int{}
	for n := range 5 * 5 * 5 * 5 {
		for _, group := range groups {
			for variant := range 24 {
				w := world{tells: variant >= 12, inPlace: variant&1 != 0, keepOn: variant&2 != 0, every: variant % 12 / 4}
				for i, k := 0, n; i < 4; i, k = i+1, k/5 {
					s := fates[k%5]
					s.group = group[i]
					w.steps = append(w.steps, s)
				}
				did := w.run(t)
				end, _, _ := strings.Cut(did[len(did)-1], ":")
				ends[end]++
				good := !slices.ContainsFunc(w.steps, func(s step) bool { return s.bad > 0 && !s.skip })
				if spoiled := slices.ContainsFunc(w.steps, func(s step) bool { return s.fault&sequencer.Spoiled != 0 }); end == "publish" != good && !spoiled {
					t.Fatalf("%+v\n%s", w, strings.Join(did, "\n"))
				}
			}
		}
	}
	if ends["publish"] < 1000 || ends["stop"] < 1000 {
		t.Errorf("the runs ended with %v: the test does not test", ends)
	}
}

// TestWhateverHappens goes through runs in which anything may happen.
func TestWhateverHappens(t *testing.T) {
	saw := map[sequencer.Do]int{}
	for seed := range uint64(20000) {
		w := anyWorld(rand.New(rand.NewPCG(seed, 5)))
		for _, what := range w.run(t) {
			for _, do := range []sequencer.Do{"apply", "try", "wait", "halve", "leave out", "reopen", "seal", "share", "accept", "keep", "publish", "stop"} {
				if strings.HasPrefix(what, string(do)) {
					saw[do]++
				}
			}
		}
	}
	for do, n := range saw {
		if n < 30 {
			t.Errorf("%s was done %d times: the test does not test", do, n)
		}
	}
	if len(saw) != 12 {
		t.Errorf("done were %v", saw)
	}
}

func anyWorld(r *rand.Rand) world {
	one := func(of int) bool { return r.IntN(of) == 0 }
	w := world{inPlace: one(4), keepOn: one(4), every: r.IntN(4), broken: map[int]sequencer.Fault{}}
	skip, bad, alone := 1+r.IntN(4), 2+r.IntN(8), 1+r.IntN(5)
	for i := range r.IntN(12) {
		s := step{group: 1, skip: one(skip)}
		if one(alone) {
			s.group = 0
		}
		for i > 0 && one(4) {
			s.on = append(s.on, r.IntN(i))
		}
		if one(bad) {
			s.bad = always
			s.fault = []sequencer.Fault{0, sequencer.Spoiled, sequencer.Passing, sequencer.Waiting, sequencer.Passing | sequencer.Spoiled}[r.IntN(5)]
			if s.fault&sequencer.Passing != 0 {
				s.bad = 1 + r.IntN(4)
			}
		}
		w.steps = append(w.steps, s)
		if one(6) {
			w.branches = append(w.branches, i+1)
		}
	}
	w.sealed = r.IntN(len(w.steps) + 1)
	if one(3) {
		w.most = 1 + r.IntN(3)
	}
	if one(4) {
		w.tells, w.tried, w.mute = true, r.IntN(5), r.IntN(3)
	}
	if one(3) {
		w.stopAt = 1 + r.IntN(20)
	}
	for one(3) {
		w.broken[1+r.IntN(25)] = sequencer.Fault(r.IntN(16))
	}
	if one(8) && !w.inPlace {
		w.others = r.IntN(len(w.steps) + 1)
	}
	return w
}
