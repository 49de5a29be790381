package history_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

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
		{"measured", `{"version": 1, "samples": {"checkpoint dism": [200, 100, 9000]}}`, "dism", "", 200},
		{"of another backend", `{"version": 1, "samples": {"checkpoint dism": [200]}}`, "offline", "", 1.3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			img.Backend, img.Serviced, img.Target = tt.backend, tt.backend == "dism", tt.target
			if got := load(t, tt.text).Price(img); !near(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
