package executor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/internal/sample"
	"github.com/gildhq/gild/planner/plantest"
)

// layersOf counts the checkpoints in a store.
func layersOf(t *testing.T, store string) int {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(store, "*.layer"))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// What was done for an earlier configuration is kept, and used when it comes back.
func TestBackToEarlier(t *testing.T) {
	dir := module(t, "")
	var outputs []string
	for i, color := range []string{"blue", "green", "blue"} {
		plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), kiosk(setting("color", color)))
		r := mustApply(t, dir).Images[0]
		if want := 1 - i/2; r.Applied != want || r.Reused != 1-want || r.Outcome != record.Complete {
			t.Errorf("%d: %+v", i, r)
		}
		outputs = append(outputs, read(t, filepath.Join(dir, "kiosk.wim")))
	}
	if outputs[0] != outputs[2] || outputs[0] == outputs[1] {
		t.Error("the third output is not the first")
	}
	if n := layersOf(t, filepath.Join(dir, "store")); n != 2 {
		t.Errorf("%d checkpoints are kept", n)
	}
}

// Checkpoints go where there is no room for them, those of the present images last.
func TestPrune(t *testing.T) {
	dir := module(t, kiosk(setting("color", "blue")))
	mustApply(t, dir)
	store := filepath.Join(dir, "store")
	for _, tt := range []struct {
		color string
		room  int64
		left  int
		warns bool
	}{
		{"green", 1 << 20, 2, false},
		{"grey", 400, 1, false},
		{"black", 1, 0, true},
	} {
		plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), kiosk(setting("color", tt.color)))
		j := newJob(t, dir)
		j.plan.CheckpointRoom = tt.room
		var warnings []string
		j.opts.Events = func(e record.Event) {
			if e.Type == record.Warning {
				warnings = append(warnings, e.Detail)
			}
		}
		if _, err := j.apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := layersOf(t, store); n != tt.left {
			t.Errorf("%s: %d checkpoints are left, want %d", tt.color, n, tt.left)
		}
		if tt.left == 1 {
			if _, err := os.Stat(filepath.Join(store, j.plan.Images[0].Steps[0].ID+".layer")); err != nil {
				t.Error(err)
			}
		}
		if (len(warnings) == 1) != tt.warns || tt.warns && !strings.Contains(warnings[0], "max_size") {
			t.Errorf("%s: warnings %q", tt.color, warnings)
		}
	}
}

// The same with real layers: they share contents, and each stands on the one below.
func TestOfflinePrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := sample.Write(t.Context(), filepath.Join(dir, "base.wim"), sample.Options{}); err != nil {
		t.Fatal(err)
	}
	value := func(name, value string) string {
		return "  registry \"" + name + "\" {\n    key = \"HKLM/SOFTWARE/X\"\n    name = \"" + name + "\"\n    value = " + value + "\n  }\n"
	}
	apply := func(room int64, reused, layers int, resources ...string) {
		t.Helper()
		plantest.Write(t, filepath.Join(dir, "main.gild.hcl"), kiosk(resources...))
		j := realJob(t, dir, "store")
		checkpoints(j.plan, 1)
		j.plan.CheckpointRoom = room
		r, err := j.apply(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Images[0].Reused != reused {
			t.Errorf("%d steps were taken over, want %d", r.Images[0].Reused, reused)
		}
		if list, err := filepath.Glob(filepath.Join(dir, "store", "layers", "*")); err != nil || len(list) != layers {
			t.Errorf("%d layers are left, want %d: %v", len(list), layers, err)
		}
	}
	apply(0, 0, 2, value("a", "1"), value("b", "1"))
	apply(0, 1, 3, value("a", "1"), value("b", "2"))
	apply(0, 2, 3, value("a", "1"), value("b", "1"))
	// A third end of the same beginning; then there is no room for any of it.
	apply(0, 1, 4, value("a", "1"), value("b", "3"))
	apply(1, 2, 0, value("a", "1"), value("b", "2"))
	apply(0, 0, 2, value("a", "1"), value("b", "1"))
}
