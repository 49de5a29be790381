package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/executor/report"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// several is a plan of images with three resources each.
func several(names ...string) *planner.Plan {
	p := &planner.Plan{Gild: "1.2.3"}
	for _, name := range names {
		img := &planner.Image{Name: name, Output: name + ".wim", Backend: "offline"}
		for i := range 3 {
			img.Items = append(img.Items, &planner.Item{Addr: thing(name, i), Action: providers.Create})
			img.Steps = append(img.Steps, planner.Step{Item: i, Action: providers.Create, Way: "offline"})
		}
		p.Images = append(p.Images, img)
	}
	return p
}

func thing(image string, i int) dsl.Addr {
	return dsl.Addr{Image: image, Kind: "file", Name: fmt.Sprint(i)}
}

// mixed is a run in which the images a and b are made at the same time; b waits for a, and
// goes on without its last resource. Times are seconds.
func mixed() []record.Event {
	var events []record.Event
	at := func(s int, image string, e record.Event) {
		e.Image, e.Time = image, start.Add(time.Duration(s)*time.Second)
		events = append(events, e)
	}
	step := func(typ record.Type, image string, n int, took time.Duration) record.Event {
		return record.Event{Type: typ, Address: thing(image, n-1).String(), Action: string(providers.Create), Step: n, Steps: 3, Elapsed: took.Seconds()}
	}
	at(0, "", record.Event{Type: record.RunStart})
	at(1, "a", record.Event{Type: record.ImageStart, Steps: 3})
	at(2, "b", record.Event{Type: record.ImageWait, Detail: "the first step is made by image a"})
	at(2, "a", step(record.StepStart, "a", 1, 0))
	at(4, "b", record.Event{Type: record.ImageWait, Detail: "the first step is made by image a"})
	at(5, "a", step(record.StepDone, "a", 1, 3*time.Second))
	at(5, "a", record.Event{Type: record.CheckpointStart, Step: 1, Steps: 3})
	at(7, "a", record.Event{Type: record.CheckpointDone, Step: 1, Steps: 3, Elapsed: 2})
	at(8, "b", record.Event{Type: record.ImageStart, Steps: 3})
	at(9, "b", record.Event{Type: record.Reuse, Step: 1, Steps: 3, Detail: "what image a begins with"})
	at(10, "a", step(record.StepStart, "a", 2, 0))
	at(10, "b", step(record.StepStart, "b", 2, 0))
	at(10, "a", step(record.StepStart, "a", 3, 0))
	at(12, "b", step(record.StepDone, "b", 2, 2*time.Second))
	at(13, "b", step(record.StepStart, "b", 3, 0))
	for n := 2; n <= 3; n++ {
		together := step(record.StepDone, "a", n, 4*time.Second)
		together.Batch = 2
		at(14, "a", together)
	}
	skipped := step(record.StepSkipped, "b", 3, 0)
	skipped.Detail, skipped.File, skipped.Line = "no", "b.gild.hcl", 9
	at(15, "b", skipped)
	for i, image := range []string{"b", "a"} {
		at(16+i, image, record.Event{Type: record.ExportStart})
		at(18+i, image, record.Event{Type: record.ExportDone, Total: 1e9, Elapsed: 2})
		at(20+i, image, record.Event{Type: record.ImageDone, Changes: &planner.Counts{Add: 3 - i}})
	}
	return events
}

func mixedRun(t *testing.T) (*kept, string) {
	t.Helper()
	k := keep(t, t.TempDir(), start)
	p := several("a", "b", "c")
	k.Recorder = report.New(report.Options{
		Store: k.store, Plan: p, Platform: "linux/amd64", Began: start, Censor: k.Censor, Log: k.log, History: k.History,
	})
	return k, k.play(mixed()...).finish(t, nil)
}

func TestMixedEvents(t *testing.T) {
	k, dir := mixedRun(t)
	d, err := report.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := d.Images[0], d.Images[1], d.Images[2]
	if a.Outcome != record.Complete || b.Outcome != record.Complete || c.Outcome != record.NotReached {
		t.Errorf("outcomes: %s, %s, %s", a.Outcome, b.Outcome, c.Outcome)
	}
	if a.Began != 1 || a.Elapsed != 20 || b.Began != 2 || b.Elapsed != 18 {
		t.Errorf("times: %v, %v; %v, %v", a.Began, a.Elapsed, b.Began, b.Elapsed)
	}
	if diff := cmp.Diff([]record.Wait{{For: "the first step is made by image a", Began: 2, Elapsed: 6}}, b.Waits); diff != "" {
		t.Errorf("waits: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]record.Seal{{Step: 1, Ended: 7, Elapsed: 2}}, a.Sealed); diff != "" {
		t.Errorf("checkpoints: -want +got:\n%s", diff)
	}
	if len(a.Waits) > 0 || len(b.Sealed) > 0 || a.Steps[1].Batch != 2 || b.Steps[1].Batch != 0 {
		t.Errorf("what belongs to one image is in the other: %+v, %+v", a, b)
	}
	if b.Reused != 1 || b.Applied != 1 || b.Steps[2].Result != record.LeftOut || b.Steps[2].Elapsed != 2 {
		t.Errorf("%d reused, %d applied, the last step %+v", b.Reused, b.Applied, b.Steps[2])
	}
	if len(b.Skipped) != 1 || b.Skipped[0].Address != "b/file.2" || b.Skipped[0].Line != 9 || len(d.Errors) > 0 {
		t.Errorf("left out: %+v; errors: %+v", b.Skipped, d.Errors)
	}
	if d.Changes.Add != 5 {
		t.Errorf("%d added", d.Changes.Add)
	}
	if got := k.History.Samples["file offline"]; !cmp.Equal(got, []float64{3, 2, 2, 2}) {
		t.Errorf("learnt %v", got)
	}
}

// Images that are made at the same time are shown below each other, on one axis.
func TestPageOfSeveral(t *testing.T) {
	_, dir := mixedRun(t)
	page := read(t, report.HTML(dir))
	_, text := wellFormed(t, page)
	for _, want := range []string{"complete without 1 resource", "1 resource left out", "2 of 3", "the first step is made by image a", "checkpoint, made in 2.0 s", "15 s"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, want := range []string{`href="#image-2"`, `id="image-2"`, `aria-label="Timeline of b"`, `<rect class="wait" x="50.00" y="5" width="300.00"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if strings.Contains(page, `aria-label="Timeline of c"`) {
		t.Error("an image that was not begun has a timeline")
	}
}
