package view

import (
	"strings"
	"testing"

	"github.com/gildhq/gild/planner/document"
)

func TestExpected(t *testing.T) {
	for _, tt := range []struct {
		name string
		e    document.Expected
		want string
	}{
		{"nothing known", document.Expected{Checkpoints: 1}, ""},
		{"short", document.Expected{Seconds: new(1.0), Complete: true, Checkpoints: 1, WorstLoss: new(0.0), RoomBytes: 1000}, ""},
		{"all known", document.Expected{Seconds: new(95 * 60.0), Complete: true, Checkpoints: 2, WorstLoss: new(40 * 60.0), RoomBytes: 5e9},
			"Expected: about 1 h 35 min, up to 4.7 GiB for what is written, 2 checkpoints.\n  A crash costs 40 minutes of work at worst.\n"},
		{"little to lose", document.Expected{Seconds: new(60.0), Complete: true, Checkpoints: 9, WorstLoss: new(1.0)},
			"Expected: about 1 minute, 9 checkpoints.\n"},
		{"room only", document.Expected{Complete: true, WorstLoss: new(0.0), RoomBytes: 5e9}, "Expected: up to 4.7 GiB for what is written.\n"},
		{"not all known", document.Expected{Seconds: new(4 * 60.0), Unknown: []string{"export", "feature dism"}, Checkpoints: 1},
			"Expected: more than 4 minutes, 1 checkpoint or more.\n  Nothing is known yet of: export, feature dism.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			printExpected(plain(&out), &tt.e)
			if out.String() != tt.want {
				t.Errorf("got %q, want %q", out.String(), tt.want)
			}
		})
	}
}
