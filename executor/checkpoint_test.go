package executor_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

// slow has the ways of a job take so long for each change, in the time of a bubble of
// synctest, and its checkpoints so long.
func slow(j *job, change, checkpoint time.Duration) {
	for _, p := range j.opts.Providers {
		for i := range p.Ways {
			apply := p.Ways[i].Apply
			p.Ways[i].Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
				time.Sleep(time.Duration(len(changes)) * change)
				return apply(ctx, s, h, changes)
			}
		}
	}
	j.opts.Backends = []image.Backend{slowBackend{price: checkpoint}}
}

// slowBackend is a backend whose checkpoints take long.
type slowBackend struct {
	plantest.Backend
	price time.Duration
}

func (b slowBackend) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	s, err := b.Backend.Open(ctx, ref, opts)
	return slowSession{s, b.price}, err
}

type slowSession struct {
	image.Session
	price time.Duration
}

func (s slowSession) Unwrap() image.Session { return s.Session }

func (s slowSession) Commit(ctx context.Context, id string) error {
	time.Sleep(s.price)
	return s.Session.Commit(ctx, id)
}

// sealedAt carries a job out and returns behind which steps checkpoints were made.
func sealedAt(t *testing.T, j *job) []int {
	t.Helper()
	var at []int
	j.opts.Events = func(e record.Event) {
		if e.Type == record.CheckpointDone {
			at = append(at, e.Step)
		}
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	return at
}

// mixed are settings, batched ones in the middle of them.
func mixed(before, batched, after int) []string {
	var blocks []string
	add := func(kind string, n int) {
		for range n {
			name := fmt.Sprintf("%s%02d", kind, len(blocks))
			blocks = append(blocks, block(kind, name, name, "1"))
		}
	}
	add("setting", before)
	add("batched", batched)
	add("setting", after)
	return blocks
}

func TestCheckpoints(t *testing.T) {
	for _, tt := range []struct {
		name          string
		policy        string // of the image
		blocks        []string
		change, price time.Duration
		irreversible  bool // batched ones
		want          []int
	}{
		{name: "too little to lose", blocks: mixed(20, 0, 0), change: time.Second, price: time.Second, want: []int{20}},
		// √(2·0.1·28800) is 76 seconds before the price is known, and √(2·1·28800) is 240 seconds
		// then; that steps may fail makes it somewhat less.
		{name: "by the guess, then by what was measured", blocks: mixed(60, 0, 0), change: 10 * time.Second, price: time.Second, want: []int{7, 29, 51, 60}},
		{name: "each takes longer than what it saves", blocks: mixed(6, 0, 0), change: time.Minute, price: time.Hour, want: []int{2, 6}},
		{name: "a batch is made at once", blocks: mixed(1, 20, 1), change: 10 * time.Second, price: 0, want: []int{21, 22}},
		{name: "steps", policy: "steps = 3", blocks: mixed(7, 0, 0), want: []int{3, 6, 7}},
		{name: "steps cut batches", policy: "steps = 3", blocks: mixed(1, 6, 1), want: []int{3, 6, 8}},
		{name: "every", policy: `every = "25s"`, blocks: mixed(7, 0, 0), change: 10 * time.Second, price: time.Hour, want: []int{3, 6, 7}},
		{name: "after", policy: "after = [early]", blocks: append(mixed(2, 0, 0), block("early", "x", "x", "1"), block("early", "y", "y", "1")), want: []int{1, 2, 4}},
		{name: "after cuts batches", policy: "after = [batched]", blocks: mixed(2, 3, 2), want: []int{3, 4, 5, 7}},
		{name: "after, and steps", policy: "steps = 2\nafter = [\"batched\"]", blocks: mixed(3, 1, 2), want: []int{2, 4, 6}},
		{name: "after, and the economic rule", policy: "after = [batched]", blocks: mixed(20, 1, 1), change: 10 * time.Second, price: time.Second, want: []int{7, 21, 22}},
		{name: "before what can't be undone", blocks: mixed(2, 2, 1), irreversible: true, want: []int{2, 5}},
		{name: "nothing before what can't be undone", blocks: mixed(0, 2, 1), irreversible: true, want: []int{3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config := strings.Replace(kiosk(tt.blocks...), "\n", "\n  checkpoint {\n"+tt.policy+"\n  }\n", 1)
			dir := module(t, config)
			synctest.Test(t, func(t *testing.T) {
				j := newJob(t, dir)
				slow(j, tt.change, tt.price)
				j.opts.Providers[2].Ways[0].Irreversible = tt.irreversible
				if got := sealedAt(t, j); !cmp.Equal(got, tt.want) {
					t.Errorf("after %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// learned is a history of steps of the job's plan that took so long, and of
// checkpoints.
func learned(j *job, change, checkpoint time.Duration) *history.History {
	h := &history.History{}
	img := j.plan.Images[0]
	for i := range img.Steps {
		h.Learn(img, record.Event{Type: record.StepDone, Step: i + 1, Elapsed: change.Seconds()})
	}
	h.Learn(img, record.Event{Type: record.CheckpointDone, Elapsed: checkpoint.Seconds()})
	h.Learn(img, record.Event{Type: record.Verified, Elapsed: 3})
	return h
}

// What Windows' own tools do fails more often, and has its checkpoint before it.
func TestCheckpointBeforeRisk(t *testing.T) {
	dir := module(t, kiosk(mixed(5, 1, 3)...))
	for serviced, want := range map[bool][]int{false: {9}, true: {5, 9}} {
		synctest.Test(t, func(t *testing.T) {
			j := newJob(t, dir)
			j.opts.Store += fmt.Sprint(serviced)
			slow(j, 10*time.Second, time.Second)
			j.opts.History = learned(j, 10*time.Second, time.Second)
			for i := range j.plan.Images[0].Steps[5:8] {
				j.plan.Images[0].Steps[5+i].Serviced = serviced
			}
			if got := sealedAt(t, j); !cmp.Equal(got, want) {
				t.Errorf("serviced %v: %v, want %v", serviced, got, want)
			}
		})
		if err := os.Remove(filepath.Join(dir, "kiosk.wim")); err != nil {
			t.Fatal(err)
		}
	}
}

// What a plan foretells is what happens then.
func TestForetell(t *testing.T) {
	dir := module(t, kiosk(mixed(60, 10, 30)...))
	synctest.Test(t, func(t *testing.T) {
		j := newJob(t, dir)
		slow(j, 10*time.Second, time.Second)
		h := learned(j, 10*time.Second, time.Second)
		j.plan.Images[0].Info.Bytes = 1000
		if f := executor.Foretell(j.plan, j.opts.Providers, h); !f.Guessed {
			t.Errorf("nobody knows how long it takes to write the output: %+v", f)
		}
		h.Learn(j.plan.Images[0], record.Event{Type: record.ExportDone, Elapsed: 1})
		f := executor.Foretell(j.plan, j.opts.Providers, h)
		j.opts.History = h
		at := sealedAt(t, j)
		longest, last := 0, 0
		for _, step := range at {
			longest, last = max(longest, step-last), step
		}
		if f.Checkpoints != len(at) || f.WorstLoss != time.Duration(longest)*10*time.Second || f.Guessed {
			t.Errorf("foretold %+v; checkpoints were made after %v", f, at)
		}
	})
}

// A crash while the output is written costs all that was done for it.
func TestForetellOutput(t *testing.T) {
	j := newJob(t, module(t, kiosk(mixed(3, 0, 0)...)))
	img := j.plan.Images[0]
	img.Info.Bytes = 1000
	h := learned(j, time.Second, time.Second)
	h.Learn(img, record.Event{Type: record.ExportDone, Elapsed: 60})
	if f := executor.Foretell(j.plan, j.opts.Providers, h); f.Checkpoints != 1 || f.WorstLoss != 66*time.Second {
		t.Errorf("%+v", f)
	}
	img.UpToDate = true
	if f := executor.Foretell(j.plan, j.opts.Providers, h); f != (executor.Forecast{}) {
		t.Errorf("with nothing to do: %+v", f)
	}
}

// Steps that images have in common are foretold once, with a checkpoint behind them.
func TestForetellCommon(t *testing.T) {
	common := slices.Collect(func(yield func(string) bool) {
		for i := range 4 {
			name := fmt.Sprintf("e%d", i)
			if !yield(block("early", name, name, "1")) {
				return
			}
		}
	})
	one := strings.Replace(kiosk(append(slices.Clone(common), setting("a", "1"))...), "kiosk", "one", 2)
	two := strings.Replace(kiosk(append(slices.Clone(common), setting("b", "1"))...), "kiosk", "two", 2)
	j := newJob(t, module(t, one+two))
	h := learned(j, time.Second, time.Second)
	if f := executor.Foretell(j.plan, j.opts.Providers, h); f.Checkpoints != 3 {
		t.Errorf("%+v, want 3 checkpoints: behind what is common, and at the end of each", f)
	}
}
