package history_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gildhq/gild/executor/history"
)

func load(t *testing.T, text string) *history.History {
	t.Helper()
	store := t.TempDir()
	if err := os.WriteFile(filepath.Join(store, "history.json"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	h, err := history.Load(store)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }

func TestFailure(t *testing.T) {
	h := &history.History{}
	img := plan().Images[0] // steps 0 and 2 are drivers offline, 1 is a package by DISM
	if got := h.Failure(img, 0); !near(got, 1./10_000) {
		t.Errorf("offline, with nothing known: %v", got)
	}
	if got := h.Failure(img, 1); !near(got, 1./25) {
		t.Errorf("by DISM, with nothing known: %v", got)
	}
	for range 5 {
		h.Failed(img, 1)
		h.Step(img, 1, time.Second)
	}
	if got := h.Failure(img, 1); !near(got, 6./35) {
		t.Errorf("after 5 failures of 10: %v", got)
	}
	for range 2000 { // what was long ago counts for less and less
		h.Step(img, 1, time.Second)
	}
	if got := h.Failure(img, 1); got > 1./100 || got < 1./300 {
		t.Errorf("after 2000 that went well: %v", got)
	}
	if got := h.Failure(img, 2); !near(got, 1./10_000) {
		t.Errorf("of another kind: %v", got)
	}
}

func TestMTBF(t *testing.T) {
	h := &history.History{}
	if got := h.MTBF(); got != 8*3600 {
		t.Errorf("with nothing known: %v", got)
	}
	h.Ran(40*time.Hour, 3)
	if got := h.MTBF(); got != 12*3600 {
		t.Errorf("3 cuts in 40 hours: %v", got)
	}
	h.Ran(-time.Hour, -5)
	if got := h.MTBF(); got != 8*3600 {
		t.Errorf("with odd numbers: %v", got)
	}
}

func TestPrice(t *testing.T) {
	img := plan().Images[0]
	img.Info.Bytes, img.Info.Hives = 15e9, 120e6
	for _, tt := range []struct {
		name, text, backend, target string
		want                        float64
	}{
		{"guessed from the hives", `{"version": 1}`, "offline", "", 1.3},
		{"guessed from the image", `{"version": 1}`, "dism", "", 180},
		{"a folder has nothing to copy", `{"version": 1}`, "dism", "mnt", 0.1},
		{"measured", `{"version": 1, "samples": {"checkpoint dism": [200, 100, 9000], "checkpoint": [1]}}`, "dism", "", 200},
		{"of another backend", `{"version": 1, "samples": {"checkpoint dism": [200]}}`, "offline", "", 1.3},
		{"as it was kept before", `{"version": 1, "samples": {"checkpoint": [3]}}`, "dism", "", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			img.Backend, img.Serviced, img.Target = tt.backend, tt.backend == "dism", tt.target
			if got := load(t, tt.text).Price(img); !near(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// What is learned of failures and interruptions is kept.
func TestKeepFailures(t *testing.T) {
	store, img := t.TempDir(), plan().Images[0]
	h := &history.History{}
	h.Failed(img, 1)
	h.Ran(time.Hour, 2)
	if err := h.Save(store); err != nil {
		t.Fatal(err)
	}
	again, err := history.Load(store)
	if err != nil {
		t.Fatal(err)
	}
	if again.Failure(img, 1) != h.Failure(img, 1) || again.MTBF() != h.MTBF() {
		t.Errorf("%v and %v are kept", again.Failure(img, 1), again.MTBF())
	}
}

// A file that says what can't be is not believed.
func TestOddCounts(t *testing.T) {
	h := load(t, `{"version": 1, "steps": {"package dism": {"tries": 3, "failures": 5}, "driver offline": {"tries": 1e300, "failures": 1}},
		"worked_seconds": -5, "cuts": -1}`)
	img := plan().Images[0]
	if !near(h.Failure(img, 0), 1./10_000) || !near(h.Failure(img, 1), 1./25) || h.MTBF() != 8*3600 {
		t.Errorf("%v, %v, %v", h.Failure(img, 0), h.Failure(img, 1), h.MTBF())
	}
}
