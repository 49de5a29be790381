package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

var start = time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC)

// plan has an image with four steps, one that is up to date, and one without steps.
func plan() *planner.Plan {
	img := &planner.Image{Name: "a", Output: "a.wim", Backend: "offline", Info: planner.Info{Warnings: []string{"dirty hive"}}}
	for i := range 4 {
		img.Items = append(img.Items, &planner.Item{Addr: dsl.Addr{Image: "a", Kind: "file", Name: fmt.Sprint(i + 1)}, Action: providers.Create})
		img.Steps = append(img.Steps, planner.Step{Item: i, Action: providers.Create, Way: "offline"})
	}
	return &planner.Plan{Gild: "1.2.3", Images: []*planner.Image{img, {Name: "old", Backend: "dism", UpToDate: true}, {Name: "c", Target: "mnt"}}}
}

// script is a run in which each event is a second after the one before it.
func script(events ...Event) []Event {
	for i := range events {
		events[i].Time = start.Add(time.Duration(i) * time.Second)
		if events[i].Image == "" && events[i].Type != RunStart && events[i].Type != RunEnd {
			events[i].Image = "a"
		}
	}
	return events
}

func step(typ Type, n, batch int) Event {
	e := Event{Type: typ, Address: fmt.Sprint("a/file.", n), Action: "create", Step: n, Steps: 4, Batch: batch}
	if typ == StepDone {
		e.Elapsed = 1.5
	}
	return e
}

// fold is a run of the plan after some events.
func fold(events []Event) *Run {
	r := Planned(plan())
	for _, e := range events {
		r.Add(e)
	}
	return r
}

// Every event is read back as it was written.
func TestRoundTrip(t *testing.T) {
	for typ := range lastings {
		want := Event{Time: start, Type: typ}
		if typ == RunStart {
			want.Run = Planned(plan())
		}
		v := reflect.ValueOf(&want).Elem()
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				if f.Len() == 0 {
					f.SetString("ü\n\"" + v.Type().Field(i).Name)
				}
			case reflect.Int, reflect.Int64:
				f.SetInt(int64(i) + 1)
			case reflect.Float64:
				f.SetFloat(0.1 + 0.2)
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Pointer, reflect.Struct:
			default:
				t.Fatalf("fields of the kind %s are not tested", f.Kind())
			}
		}
		line, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(append(line, '\n'))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Work{})); err != nil || diff != "" {
			t.Errorf("%s: %v; -want +got:\n%s", typ, err, diff)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ line, err string }{
		{`{"type":"warning","new":1}` + "\n", ""},
		{`{"type":"warning"}`, "unexpected EOF"},
		{"\n", "unexpected end"},
		{`{"type":"begin"}` + "\n", `another version of gild wrote it: there are no events "begin"`},
		{`{"type":"run_start","run":{"plan":"digest"}}` + "\n", "another version of gild wrote it"},
	} {
		if _, err := Parse([]byte(tt.line)); tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q: %v", tt.line, err)
		}
	}
	events, err := Decode("x", []byte("nonsense\n{\"type\":\"warning\"}\nmore of it\n{\"ty"))
	if len(events) != 1 || err == nil || !strings.Contains(err.Error(), "x:1: ") {
		t.Errorf("%v, %v", events, err)
	}
	for _, text := range []string{"", `{"type":"warning"}`, `{"type":"run_start"}`, `{"type":"run_start","run":{}}`, `{"type":"run_start","run":{"format_version":"1.3","images":[null]}}`, `{"type":"run_start","run":{"format_version":"1.2"}}`} {
		events, _ := Decode("x", []byte(text+"\n"))
		if _, err := Build(events); err == nil {
			t.Errorf("%s: there is a run", text)
		}
	}
}

// TestFold says for each thing that happens what the run tells then: its image a after the
// last event, and what is made of it when the run ends there.
func TestFold(t *testing.T) {
	begun := []Event{{Type: RunStart}, {Type: ImageStart, Steps: 4, Detail: "a.wim"}}
	for _, tt := range []struct {
		name    string
		events  []Event // after the run and the image have begun
		doing   Work
		ready   int
		results []string // of the steps, in the end
		outcome string   // of the image, in the end
		check   func(*Image) any
		want    any
		alone   bool // nothing has begun
	}{
		{name: "begun", doing: Work{Phase: PhaseOpen, Since: 1}, outcome: CutOff},
		{name: "waits", events: []Event{{Type: ImageWait, Detail: "b"}, {Type: ImageWait, Detail: "b"}, {Type: ImageWait, Detail: "c"}, {Type: ImageStart}},
			doing: Work{Phase: PhaseOpen, Since: 5}, outcome: CutOff,
			check: func(img *Image) any { return img.Waits }, want: []Wait{{"b", 2, 2}, {"c", 4, 1}}},
		{name: "takes over", events: []Event{{Type: Reuse, Step: 2, Detail: "x"}}, doing: Work{Phase: PhaseOpen, Since: 1}, ready: 2,
			results: []string{Reused, Reused, Left, Left}, outcome: CutOff, check: func(img *Image) any { return []any{img.Reused, img.ReusedFrom} }, want: []any{2, "x"}},
		{name: "a step at work", events: []Event{step(StepStart, 1, 0), {Type: StepProgress, Done: 1, Total: 4}},
			doing: Work{Phase: PhaseSteps, Since: 2, Step: 1, Share: 0.25, batch: []int{0}}, outcome: CutOff},
		{name: "a step done", events: []Event{step(StepStart, 1, 0), step(StepDone, 1, 0)},
			doing: Work{Phase: PhaseSteps, Since: 2, batch: []int{0}}, ready: 1, results: []string{Done, Left, Left, Left}, outcome: CutOff,
			check: func(img *Image) any {
				return []any{img.Applied, img.Steps[0].Began, img.Steps[0].Elapsed, img.Steps[0].Batch}
			}, want: []any{1, 2., 1.5, 0}},
		{name: "a batch that is halved", events: []Event{
			step(StepStart, 1, 4), step(StepStart, 2, 4), step(StepStart, 3, 4), step(StepStart, 4, 4), {Type: Warning, Detail: "halved"},
			step(StepStart, 1, 2), step(StepStart, 2, 2), step(StepDone, 1, 2), step(StepDone, 2, 2), step(StepStart, 3, 2), step(StepStart, 4, 2), {Type: Error, Detail: "no"}},
			doing: Work{batch: []int{2, 3}}, ready: 2, results: []string{Done, Done, Failing, Failing}, outcome: Failed,
			check: func(img *Image) any { return []any{img.Steps[0].Batch, img.Steps[2].Began, img.Steps[2].Elapsed} }, want: []any{2, 11., 2.}},
		{name: "halves of which the first one fails", events: []Event{
			step(StepStart, 1, 2), step(StepStart, 2, 2), step(StepStart, 3, 2), step(StepStart, 4, 2), {Type: Error, Detail: "no", Address: "a/file.3"}},
			doing: Work{batch: []int{2, 3}}, results: []string{Left, Left, Failing, Left}, outcome: Failed},
		{name: "made again", events: []Event{step(StepStart, 1, 0), step(StepDone, 1, 0), step(StepStart, 2, 0), step(StepStart, 1, 0), {Type: Error, Detail: "no"}},
			doing: Work{batch: []int{0}}, results: []string{Failing, Left, Left, Left}, outcome: Failed},
		{name: "left out", events: []Event{step(StepStart, 1, 0), step(StepSkipped, 1, 0), {Type: StepSkipped, Address: "a/file.4", Detail: "by the plan"}},
			doing: Work{Phase: PhaseSteps, Since: 2, batch: []int{0}}, ready: 1, results: []string{LeftOut, Left, Left, Left}, outcome: CutOff,
			check: func(img *Image) any { return []any{len(img.Skipped), img.Skipped[1].Text, img.Steps[0].Elapsed} }, want: []any{2, "by the plan", 1.}},
		{name: "a checkpoint", events: []Event{step(StepStart, 1, 0), step(StepDone, 1, 0), {Type: CheckpointStart, Step: 1}, {Type: CheckpointDone, Step: 1, Elapsed: 0.5}},
			doing: Work{Phase: PhaseSteps, Since: 5, batch: []int{0}}, ready: 1, results: []string{Done, Left, Left, Left}, outcome: CutOff,
			check: func(img *Image) any { return []any{img.Checkpoints, img.Sealed, img.Phases[:3]} },
			want:  []any{1, []Seal{{1, 5, 0.5}}, []Span{{PhaseOpen, 1, 1}, {PhaseSteps, 2, 2}, {PhaseCheckpoint, 4, 1}}}},
		{name: "made, without its second resource", events: []Event{
			{Type: Reuse, Step: 4}, step(StepSkipped, 2, 0), {Type: VerifyStart, Total: 4}, {Type: ExportStart}, {Type: ExportProgress, Done: 1, Total: 2},
			{Type: ExportDone, Done: 7, Total: 7}, {Type: VerifyStart}, {Type: Verified, Done: 3, Total: 4}, {Type: PublishStart}, {Type: ImageDone, Changes: &planner.Counts{Add: 3}, Holds: &planner.Holding{InImage: 3}}},
			doing: Work{Since: 11, Written: 1, Size: 2, changes: planner.Counts{Add: 3}}, ready: 4, results: []string{Reused, LeftOut, Reused, Reused}, outcome: Complete,
			check: func(img *Image) any { return []any{img.Bytes, img.Verified, *img.Holds, img.Began, img.Elapsed} }, want: []any{int64(7), 3, planner.Holding{InImage: 3}, 1., 10.}},
		{name: "another run has made it", events: []Event{{Type: ImageDone, Changes: &planner.Counts{Add: 4}, Holds: &planner.Holding{InImage: 4}}}, outcome: UpToDate, alone: true,
			check: func(img *Image) any { return []any{*img.Holds, img.Verified, img.Reused} }, want: []any{planner.Holding{InImage: 4}, 4, 0}},
		{name: "interrupted", events: []Event{{Type: Error, Detail: "interrupted", Interrupted: true}, {Type: RunEnd, Detail: Interrupted}}, doing: Work{Since: 2}, outcome: Interrupted},
		{name: "failed before the run is interrupted", events: []Event{{Type: Error, Detail: "no"}, {Type: RunEnd, Detail: Interrupted}}, doing: Work{Since: 2}, outcome: Failed},
		{name: "opened once more, at a later checkpoint without what is left out", events: []Event{
			step(StepStart, 1, 0), step(StepDone, 1, 0), step(StepStart, 2, 0), step(StepSkipped, 2, 0), {Type: StepsKept, Step: 3, Steps: 4}},
			doing: Work{Phase: PhaseSteps, Since: 2, batch: []int{1}}, ready: 3, results: []string{Done, LeftOut, Reused, Left}, outcome: CutOff,
			check: func(img *Image) any { return []any{img.Applied, img.Reused} }, want: []any{1, 1}},
		{name: "opened once more, without what was done since the checkpoint", events: []Event{
			step(StepStart, 1, 0), step(StepDone, 1, 0), step(StepStart, 2, 0), step(StepDone, 2, 0), step(StepStart, 3, 0), {Type: StepsKept, Step: 1, Steps: 4}, {Type: Error, Detail: "no"}},
			doing: Work{batch: []int{2}}, ready: 1, results: []string{Done, Left, Failing, Left}, outcome: Failed,
			check: func(img *Image) any { return img.Applied }, want: 1},
		{name: "failed", events: []Event{{Type: Error, Detail: "no"}, {Type: RunEnd, Detail: Failed}}, doing: Work{Since: 2}, outcome: Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := begun
			if tt.alone {
				before = nil
			}
			r := fold(script(slices.Concat(before, tt.events)...))
			img := r.Image("a")
			// when what is done began is of no interest where nothing is done
			if diff := cmp.Diff(tt.doing, img.Doing, cmp.AllowUnexported(Work{}), cmpopts.IgnoreFields(Work{}, ignored(tt.doing)...)); diff != "" {
				t.Errorf("doing: -want +got:\n%s", diff)
			}
			if got := img.Ready(); got != tt.ready {
				t.Errorf("%d steps are ready, want %d", got, tt.ready)
			}
			r.End()
			if img.Outcome != tt.outcome || r.Image("old").Outcome != UpToDate || r.Image("c").Outcome != NotReached {
				t.Errorf("outcomes %s, %s, %s", img.Outcome, r.Image("old").Outcome, r.Image("c").Outcome)
			}
			var results []string
			for _, s := range img.Steps {
				results = append(results, s.Result)
			}
			if want := map[bool]int{true: 3}[img.Outcome == Complete]; r.Changes.Add != want {
				t.Errorf("%d added, want %d", r.Changes.Add, want)
			}
			if tt.results != nil && !slices.Equal(results, tt.results) {
				t.Errorf("results %q, want %q", results, tt.results)
			}
			if tt.check != nil {
				if diff := cmp.Diff(tt.want, tt.check(img)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}

func ignored(doing Work) []string {
	if doing.Phase == "" {
		return []string{"Since"}
	}
	return nil
}

// A run that is read back, wherever it was cut off, is the one that was seen.
func TestCutAnywhere(t *testing.T) {
	events := script(
		Event{Type: RunStart}, Event{Type: ImageWait, Image: "c", Detail: "a"}, Event{Type: ImageStart, Steps: 4},
		Event{Type: Reuse, Step: 1, Steps: 4, Detail: "x"}, Event{Type: StepsKept, Step: 1, Steps: 4}, step(StepStart, 2, 2), step(StepStart, 3, 2), Event{Type: Warning, Detail: "odd"},
		step(StepDone, 2, 2), step(StepDone, 3, 2), Event{Type: CheckpointStart, Step: 3, ID: "3"}, Event{Type: CheckpointDone, Step: 3, ID: "3", Elapsed: 1. / 3},
		step(StepStart, 4, 0), step(StepSkipped, 4, 0), Event{Type: VerifyStart, Total: 4}, Event{Type: ExportStart}, Event{Type: ExportDone, Total: 1000},
		Event{Type: VerifyStart}, Event{Type: Verified, Done: 3, Total: 4}, Event{Type: PublishStart, Output: "a.wim", Parts: 1}, Event{Type: ImageDone},
		Event{Type: Error, Image: "c", Detail: "no", Remedy: "do it", File: "f", Line: 3}, Event{Type: RunEnd, Detail: Failed},
	)
	var text []byte
	for n, e := range events {
		if e.Type == RunStart {
			e.Run = Planned(plan())
		}
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, line...), '\n')
		seen := fold(events[:n+1])
		seen.End()
		torn := slices.Concat(text, line[:len(line)/2])
		for _, data := range [][]byte{text, torn, bytes.Clone(append(text, line...))} {
			read, err := Decode("events", data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Build(read)
			if diff := cmp.Diff(seen, got, cmp.AllowUnexported(Work{})); err != nil || diff != "" {
				t.Fatalf("after event %d, %s: %v; -seen +read:\n%s", n, e.Type, err, diff)
			}
		}
	}
	types := maps.Clone(lastings)
	maps.DeleteFunc(types, func(typ Type, l lasting) bool {
		return l == shown || slices.ContainsFunc(events, func(e Event) bool { return e.Type == typ })
	})
	if len(types) > 0 {
		t.Errorf("these are not in the run: %v", types)
	}
}
