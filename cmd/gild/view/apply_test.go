package view

import (
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
)

// ended is a run of the plan in which that happened, a second after each other.
func ended(p *planner.Plan, events ...record.Event) *record.Run {
	r, now := record.Planned(p), time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for _, e := range events {
		now = now.Add(time.Second)
		e.Time = now
		r.Add(e)
	}
	r.End()
	return r
}

// begun and finished are events of an image.
func begun(image string) record.Event { return record.Event{Type: record.ImageStart, Image: image} }

func finished(image string, bytes int64) []record.Event {
	return []record.Event{
		{Type: record.ExportDone, Image: image, Total: bytes}, {Type: record.Verified, Image: image, Done: 1},
		{Type: record.ImageDone, Image: image, Changes: &planner.Counts{Add: 1}, Holds: &planner.Holding{InImage: 1}},
	}
}

func TestAppliedSeveral(t *testing.T) {
	p := several("a", "名前", "broken", "stopped", "never", "old", "last")
	p.Images[5].UpToDate = true
	events := []record.Event{
		begun("名前"), {Type: record.Reuse, Image: "名前", Step: 1}, {Type: record.StepSkipped, Image: "名前", Detail: "no"},
		begun("a"), {Type: record.StepDone, Image: "a", Step: 1},
	}
	events = append(append(append(events, finished("名前", 4e9)...), finished("a", 1200)...),
		begun("broken"), record.Event{Type: record.Error, Image: "broken", Detail: "no"},
		begun("stopped"), record.Event{Type: record.Error, Image: "stopped", Interrupted: true})
	var out strings.Builder
	NewScreen(Streams{Out: &out, Err: &out}, true).Applied(p, ended(p, events...), "")
	const want = `
3 of 7 images complete: 2 added, 0 changed, 0 destroyed. Verified: 2/2 resources read back, 1 left out.

  Image    Outcome                Size  Steps  Reused  Elapsed  Output
  a        complete            1.2 KiB    1/1       0     7.0s  a.wim
  名前     complete without 1  3.7 GiB    1/1       1     7.0s  名前.wim
  broken   failed                         0/1       0     1.0s  broken.wim
  stopped  interrupted                    0/1       0     1.0s  stopped.wim
  never    not reached                                          never.wim
  old      as it was                                            old.wim
  last     not reached                                          last.wim

名前: made without 1 resource:
  no
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestAppliedOne(t *testing.T) {
	for _, tt := range []struct {
		name string
		then []record.Event
		want string
	}{
		{"made", finished("a", 1200), "\nApply complete: 1 added, 0 changed, 0 destroyed. Verified: 1/1 resources read back.\n  a: a.wim, 1.2 KiB\n"},
		{"failed", []record.Event{{Type: record.Error, Image: "a", Detail: "no"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			p := several("a")
			NewScreen(Streams{Out: &out, Err: &out}, true).Applied(p, ended(p, append([]record.Event{begun("a")}, tt.then...)...), "")
			if out.String() != tt.want {
				t.Errorf("got\n%s\nwant\n%s", out.String(), tt.want)
			}
		})
	}
}
