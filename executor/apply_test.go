package executor_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

func TestApply(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue"), setting("size", "12"), setting("new", "1"), junkAbsent))
	j := newJob(t, dir)
	var events []string
	j.opts.Events = func(e record.Event) {
		if e.Type != record.ExportProgress {
			events = append(events, fmt.Sprintf("%s %s %d/%d %d/%d", e.Type, record.Local(e.Address, e.Image), e.Step, e.Steps, e.Done, e.Total))
		}
	}
	r, err := j.apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := r.Images[0]
	info, err := os.Stat(filepath.Join(dir, "kiosk.wim"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "kiosk" || got.Outcome != record.Complete || got.Applied != 3 || got.Verified != 4 || got.Bytes != info.Size() || r.Outcome != record.Complete {
		t.Errorf("%s, %+v", r.Outcome, got)
	}
	if read(t, filepath.Join(dir, "base.wim")) != baseImage {
		t.Error("the source was changed")
	}
	size := fmt.Sprintf("%d/%[1]d", info.Size())
	wantEvents := []string{
		"run_start  0/0 0/0", "image_start  0/3 0/0",
		"step_start setting.color 1/3 0/0", "step_done setting.color 1/3 0/0",
		"step_start setting.new 2/3 0/0", "step_done setting.new 2/3 0/0",
		"step_start setting.junk 3/3 0/0", "step_done setting.junk 3/3 0/0",
		"checkpoint_start  3/3 0/0", "checkpoint  3/3 0/0",
		"verify_start  0/0 0/4", "export_start  0/0 0/0", "export_done  0/0 " + size,
		"verify_start  0/0 0/4", "verified  0/0 4/4", "publish_start  0/0 0/0", "image_done  0/3 0/0",
	}
	if diff := cmp.Diff(wantEvents, events); diff != "" {
		t.Errorf("events: -want +got:\n%s", diff)
	}
	if plan := plantest.MustPlan(t, dir); !plan.Empty() || len(plan.Images[0].Reasons) > 0 {
		t.Errorf("the plan after it is not empty: %+v", plan.Images[0])
	}
}

func TestNothingToDoTouchesNothing(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	mustApply(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "store")); err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(dir, "kiosk.wim")
	before, err := os.Stat(output)
	if err != nil {
		t.Fatal(err)
	}
	r := mustApply(t, dir)
	after, err := os.Stat(output)
	if err != nil {
		t.Fatal(err)
	}
	if r.Images[0].Outcome == record.Complete || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the output was touched")
	}
	if _, err := os.Stat(filepath.Join(dir, "store")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the store was made")
	}
}

// An image without any resources is a copy of the source, with a receipt.
func TestNoSteps(t *testing.T) {
	dir := module(t, kiosk(setting("color", "red")))
	if r := mustApply(t, dir); r.Images[0].Outcome != record.Complete || r.Images[0].Verified != 1 {
		t.Errorf("got %+v", r.Images[0])
	}
	if !plantest.MustPlan(t, dir).Empty() {
		t.Error("the plan after it is not empty")
	}
}

// What is done again after a change of the configuration, and why.
func TestReplan(t *testing.T) {
	first := []string{setting("color", "blue"), setting("new", "1"), setting("more", "1")}
	for _, tt := range []struct {
		name    string
		change  func(t *testing.T, dir string)
		reused  int
		applied int
		reason  string // part of the plan's reason; empty: none
		dropped string
		upTo    bool // up to date
	}{
		{name: "nothing", change: func(*testing.T, string) {}, upTo: true},
		{name: "another label", change: reconfigure(block("setting", "renamed", "color", "blue"), first[1], first[2]), upTo: true},
		{name: "one more", change: reconfigure(append(first, setting("last", "1"))...), reused: 3, applied: 1},
		{name: "another value at the end", change: reconfigure(first[0], first[1], setting("more", "2")), applied: 3},
		{name: "one dropped", change: reconfigure(first[0], first[1]), applied: 2, reason: "No longer declared", dropped: "kiosk/setting.more"},
		{name: "another order", change: reconfigure(first[0], first[2], first[1]), applied: 3, reason: "another order"},
		{name: "another source", change: rewrite("base.wim", strings.Replace(baseImage, "12", "13", 1)), applied: 3, reason: "another source image"},
		{name: "output is gone", change: func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "kiosk.wim")); err != nil {
				t.Fatal(err)
			}
		}, reused: 3, reason: "no output yet"},
		{name: "output was changed", change: func(t *testing.T, dir string) {
			path := filepath.Join(dir, "kiosk.wim")
			plantest.Write(t, path, strings.Replace(read(t, path), "blue", "pink", 1))
		}, reused: 3, reason: "changed since gild made it: setting.color"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := module(t, kiosk(first...))
			mustApply(t, dir)
			tt.change(t, dir)
			j := newJob(t, dir)
			img := j.plan.Images[0]
			reasons := strings.Join(img.Reasons, "|")
			if img.UpToDate != tt.upTo || !strings.Contains(reasons, tt.reason) || (reasons == "") != (tt.reason == "") {
				t.Errorf("up to date: %v, reasons %q", img.UpToDate, img.Reasons)
			}
			if tt.dropped != "" && (len(img.Dropped) != 1 || img.Dropped[0].Address != tt.dropped) {
				t.Errorf("dropped: %v", img.Dropped)
			}
			r, err := j.apply(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Images[0]; got.Reused != tt.reused || got.Applied != tt.applied || (got.Outcome == record.Complete) == tt.upTo {
				t.Errorf("got %+v", got)
			}
			if !plantest.MustPlan(t, dir).Empty() {
				t.Error("the plan after it is not empty")
			}
		})
	}
}

func reconfigure(resources ...string) func(*testing.T, string) {
	return rewrite("main.gild.hcl", kiosk(resources...))
}

func rewrite(name, content string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { plantest.Write(t, filepath.Join(dir, name), content) }
}

// With -target what the output was made with stays, although it is rebuilt.
func TestTargetKeepsTheRest(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue"), setting("new", "1")))
	mustApply(t, dir)
	plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), kiosk(setting("color", "blue"), setting("new", "1"), setting("a", "1"), setting("b", "1")))
	j := newJob(t, dir)
	in, _ := plantest.Load(t, dir)
	in.Match = func(a dsl.Addr) bool { return a.Local() == "setting.b" }
	plan, diags := planner.Make(t.Context(), in)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if j.plan = plan; !plan.Incomplete || plan.Counts() != (planner.Counts{Add: 1}) {
		t.Fatalf("got %+v", plan.Counts())
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	rest := plantest.MustPlan(t, dir)
	if rest.Counts() != (planner.Counts{Add: 1}) {
		t.Errorf("left to do: %+v", rest.Counts())
	}
}

func TestFolder(t *testing.T) {
	dir := module(t, "image \"m\" {\n  target = \"mnt\"\n"+setting("color", "blue")+setting("new", "1")+"}\n")
	plantest.Write(t, filepath.Join(dir, "mnt", "image.json"), baseImage)
	r := mustApply(t, dir)
	if got := r.Images[0]; got.Outcome != record.Complete || got.Applied != 2 || got.Verified != 2 || got.Target != filepath.Join(dir, "mnt") {
		t.Errorf("got %+v", got)
	}
	if r := mustApply(t, dir); r.Images[0].Outcome == record.Complete {
		t.Error("changed again")
	}
}

func TestBatch(t *testing.T) {
	dir := module(t, kiosk(block("batched", "a", "a", "1"), block("batched", "b", "b", "1"), setting("c", "1"), block("batched", "d", "d", "1")))
	j := newJob(t, dir)
	var sizes []int
	way := &j.opts.Providers[2].Ways[0]
	apply := way.Apply
	way.Apply = func(ctx context.Context, s image.Session, h providers.Host, changes []providers.Change) error {
		sizes = append(sizes, len(changes))
		return apply(ctx, s, h, changes)
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(sizes, []int{2, 1}) {
		t.Errorf("changes per call: %v, want 2 and 1", sizes)
	}
}

// TestQuickSteps checks that steps which cost next to nothing are sealed together.
func TestQuickSteps(t *testing.T) {
	var all []string
	for i := range 50 {
		all = append(all, setting(fmt.Sprintf("s%d", i), "1"))
	}
	dir := module(t, kiosk(all...))
	mustApply(t, dir)
	layers, err := filepath.Glob(filepath.Join(dir, "store", "*.layer"))
	if err != nil || len(layers) != 1 {
		t.Errorf("%d checkpoints, %v; want 1", len(layers), err)
	}
}

func TestForks(t *testing.T) {
	dir := module(t, strings.Replace(kiosk(setting("color", "blue"), setting("new", "1")), "kiosk", "one", 2)+
		strings.Replace(kiosk(setting("color", "blue"), setting("other", "1")), "kiosk", "two", 2))
	j := newJob(t, dir)
	checkpoints(j.plan, 1)
	r, err := j.apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Images[1].Reused != 1 || r.Images[1].Applied != 1 {
		t.Errorf("the second image takes over %d steps, want 1", r.Images[1].Reused)
	}
}

// Two runs from different folders can't write one output at once.
func TestSameOutput(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	one, two := newJob(t, dir), newJob(t, dir)
	two.opts.Store = filepath.Join(dir, "other store")
	one.opts.Events = func(e record.Event) {
		if e.Type != record.ExportDone {
			return
		}
		if _, err := two.apply(t.Context()); !errors.Is(err, executor.ErrLocked) {
			t.Errorf("while another run writes the output: %v", err)
		}
	}
	if _, err := one.apply(t.Context()); err != nil {
		t.Error(err)
	}
	if r, err := two.apply(t.Context()); err != nil || r.Images[0].Outcome == record.Complete {
		t.Errorf("after another run has written the output: %v", err)
	}
}

func TestJournal(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	j := newJob(t, dir)
	var want []record.Event
	j.opts.Events = func(e record.Event) {
		if e.Type != record.ExportProgress {
			want = append(want, e)
		}
	}
	if _, err := j.apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := noted(t, dir)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v; -want +got:\n%s", err, diff)
	}
}

// noted is what the journal of a module holds.
func noted(t *testing.T, dir string) ([]record.Event, error) {
	t.Helper()
	return record.Decode("journal", []byte(read(t, filepath.Join(dir, "store", "journal.jsonl"))))
}

// No event holds a secret that an error quotes, be it of another resource.
func TestEventsKeepSecrets(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue"), "  setting \"login\" {\n    name = \"login\"\n    secret = \"Pa55word\"\n  }\n"))
	j := newJob(t, dir)
	var got []record.Event
	j.opts.Events = func(e record.Event) { got = append(got, e) }
	j.opts.Remedy = func(err error) string { return "Do not say: " + err.Error() }
	f := &faulty{}
	f.lie = func(name string, s plantest.Setting) plantest.Setting {
		if name == "color" {
			f.at(f.n+1, func() error { return errors.New("it quotes Pa55word") })
		}
		return s
	}
	j.opts.Backends = []image.Backend{f}
	if _, err := j.apply(t.Context()); err == nil {
		t.Fatal("there is no error")
	}
	last := got[len(got)-1]
	if last.Type != record.Error || last.Address != "kiosk/setting.color" || last.File == "" || !strings.Contains(last.Remedy, "it quotes") || !strings.Contains(last.Detail, "it quotes") {
		t.Errorf("%+v", last)
	}
	if text := fmt.Sprint(got) + read(t, filepath.Join(dir, "store", "journal.jsonl")); strings.Contains(text, "Pa55word") {
		t.Error("the secret is told: " + text)
	}
}

// An image that fails does not keep the next one from being made.
func TestOneFails(t *testing.T) {
	dir := module(t, strings.Replace(kiosk(setting("color", "blue")), "kiosk", "one", 2)+
		strings.Replace(kiosk(setting("color", "blue")), "kiosk", "two", 2))
	j := newJob(t, dir)
	plantest.Write(t, filepath.Join(dir, "one.wim"), baseImage) // came after the plan
	r, err := j.apply(t.Context())
	if !errors.Is(err, executor.ErrStale) || len(r.Images) != 2 {
		t.Fatalf("got %+v, %v", r, err)
	}
	if one, two := r.Images[0], r.Images[1]; r.Errs[one.Name] == nil || one.Outcome != record.Failed || r.Errs[two.Name] != nil || two.Outcome != record.Complete {
		t.Errorf("got %+v", r.Images)
	}
	if layers, err := filepath.Glob(filepath.Join(dir, "store", "*.layer")); err != nil || len(layers) == 0 {
		t.Errorf("checkpoints are gone after a failure: %q, %v", layers, err)
	}
}
