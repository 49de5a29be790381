package journal_test

import (
	"testing"
	"time"

	"github.com/gildhq/gild/executor/journal"
)

func TestExposure(t *testing.T) {
	at := func(minute int, image string, typ journal.Type) journal.Record {
		return journal.Record{Time: time.Date(2024, 1, 1, 10, minute, 0, 0, time.UTC), Image: image, Type: typ}
	}
	cancelled := at(9, "a", journal.End)
	cancelled.Cancelled = true
	for _, tt := range []struct {
		name    string
		records []journal.Record
		minutes int
		cuts    int
	}{
		{"nothing", nil, 0, 0},
		{"to its end", []journal.Record{at(0, "a", journal.Begin), at(1, "a", journal.StepStart), at(5, "a", journal.End)}, 5, 0},
		{"killed, and begun again", []journal.Record{at(0, "a", journal.Begin), at(3, "a", journal.StepStart), at(7, "a", journal.Begin), at(9, "a", journal.End)}, 5, 1},
		{"killed", []journal.Record{at(0, "a", journal.Begin), at(3, "a", journal.StepStart)}, 3, 1},
		{"cancelled", []journal.Record{at(0, "a", journal.Begin), cancelled}, 9, 1},
		{"two at once", []journal.Record{at(0, "a", journal.Begin), at(1, "b", journal.Begin), at(3, "a", journal.End), at(5, "b", journal.StepDone)}, 7, 1},
		{"without its beginning", []journal.Record{at(0, "a", journal.StepDone), at(3, "a", journal.End)}, 0, 0},
		{"a clock that was set while it worked", []journal.Record{
			{Image: "a", Type: journal.Begin}, at(0, "a", journal.StepStart), at(3, "a", journal.End),
		}, 24*60 + 3, 0},
		{"a clock that was put back", []journal.Record{at(9, "a", journal.Begin), at(3, "a", journal.End)}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			worked, cuts := journal.Exposure(tt.records)
			if worked != time.Duration(tt.minutes)*time.Minute || cuts != tt.cuts {
				t.Errorf("%v, %d cuts; want %d minutes, %d", worked, cuts, tt.minutes, tt.cuts)
			}
		})
	}
}
