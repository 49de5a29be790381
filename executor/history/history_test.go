package history_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/planner"
)

func plan() *planner.Plan {
	item := func(kind string) *planner.Item {
		return &planner.Item{Addr: dsl.Addr{Image: "a", Kind: kind, Name: "n"}}
	}
	return &planner.Plan{Images: []*planner.Image{
		{Name: "a", Output: "a.wim", Backend: "offline", Info: planner.Info{Bytes: 1000}, Items: []*planner.Item{item("driver"), item("package"), item("driver")},
			Steps: []planner.Step{{Item: 0, Way: "offline"}, {Item: 1, Way: "dism", Serviced: true}, {Item: 2, Way: "offline"}}},
		{Name: "done", UpToDate: true, Items: []*planner.Item{item("driver")}, Steps: []planner.Step{{Way: "offline"}}},
	}}
}

func TestEstimate(t *testing.T) {
	h := &history.History{}
	p := plan()
	img := p.Images[0]
	if e := h.Plan(p); e.Known != 0 || !cmp.Equal(e.Unknown, []string{"driver offline", "export", "package dism"}) {
		t.Errorf("with nothing known: %+v", e)
	}
	for _, seconds := range []float64{1, 500, 2, 3, 4} { // the median is 3
		h.Learn(img, record.Event{Type: record.StepDone, Step: 1, Elapsed: seconds})
	}
	h.Learn(img, record.Event{Type: record.StepDone, Step: 2, Elapsed: 60})
	h.Learn(img, record.Event{Type: record.StepDone, Step: 2, Batch: 2, Elapsed: 2 * 180}) // the middle of two is 2 minutes
	if e := h.Plan(p); e.Time != 126*time.Second || e.Complete() || !cmp.Equal(e.Unknown, []string{"export"}) {
		t.Errorf("with steps known: %+v", e)
	}
	h.Learn(img, record.Event{Type: record.ExportDone, Elapsed: 10}) // 100 bytes a second
	h.Learn(img, record.Event{Type: record.Verified, Elapsed: 2})
	img.Info.Bytes = 2000
	if e := h.Plan(p); e.Time != 150*time.Second || !e.Complete() || e.Known != 4 {
		t.Errorf("with all known: %+v", e)
	}
	if e := h.Rest(img, 2); e.Time != 27*time.Second {
		t.Errorf("the last step: %+v", e)
	}
	if got := h.StepTime(img, 1); got != 2*time.Minute {
		t.Errorf("one step: %v", got)
	}
	img.Export.Compression = image.CompressMax // is another matter
	if e := h.Plan(p); !cmp.Equal(e.Unknown, []string{"export max"}) {
		t.Errorf("with another compression: %+v", e)
	}
}

func TestSave(t *testing.T) {
	store := t.TempDir()
	h, err := history.Load(store)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		h.Learn(plan().Images[0], record.Event{Type: record.CheckpointDone, Elapsed: 1})
	}
	h.Learn(plan().Images[0], record.Event{Type: record.StepDone, Step: 1, Elapsed: 3})
	if err := h.Save(store); err != nil {
		t.Fatal(err)
	}
	again, err := history.Load(store)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(h.Samples, again.Samples); diff != "" || len(again.Samples["checkpoint offline"]) != 15 {
		t.Errorf("%d samples\n%s", len(again.Samples["checkpoint offline"]), diff)
	}
}

// A file that is of no use is reported, and keeps nothing from going on.
func TestDamaged(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "is replaced"},
		{"no JSON", "{", "is replaced"},
		{"of another version", `{"version": 7}`, "version 7"},
		{"too large", strings.Repeat(" ", 2<<20), "may have 1048576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := t.TempDir()
			if err := os.WriteFile(filepath.Join(store, "history.json"), []byte(tt.text), 0o666); err != nil {
				t.Fatal(err)
			}
			h, err := history.Load(store)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
			h.Learn(plan().Images[0], record.Event{Type: record.CheckpointDone, Elapsed: 1})
			if err := h.Save(store); err != nil {
				t.Error(err)
			}
			if _, err := history.Load(store); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOddNumbers(t *testing.T) {
	store := t.TempDir()
	text := `{"version": 1, "samples": {"driver offline": [-5, 1e300], "export": [0], "verify": [1e308, 1e308]}}`
	if err := os.WriteFile(filepath.Join(store, "history.json"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	h, err := history.Load(store)
	if err != nil {
		t.Fatal(err)
	}
	if e := h.Plan(plan()); e.Time <= 0 || e.Time == math.MaxInt64 {
		t.Errorf("%+v", e)
	}
}
