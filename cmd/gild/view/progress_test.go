package view

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		addr := dsl.Addr{Image: "kiosk", Kind: "file", Name: "f"}
		img := &planner.Image{Name: "kiosk", Items: []*planner.Item{{Addr: addr}}}
		for _, action := range []providers.Action{providers.Create, providers.Update, providers.Delete} {
			img.Steps = append(img.Steps, planner.Step{Action: action})
		}
		var out, errs strings.Builder
		p := NewScreen(Streams{Out: &out, Err: &errs}, true).Progress(&planner.Plan{Images: []*planner.Image{img}}, &history.History{})
		tell := func(e record.Event) {
			e.Image, e.Time = "kiosk", time.Now()
			p.Event(e)
		}
		tell(record.Event{Type: record.ImageStart, Steps: 3, Detail: "out.wim"})
		tell(record.Event{Type: record.Reuse, Step: 1, Steps: 3, Detail: "a checkpoint"})
		time.Sleep(time.Minute) // between steps nothing is said
		tell(record.Event{Type: record.StepStart, Address: addr.String(), Action: string(providers.Create), Step: 1})
		time.Sleep(25 * time.Second)
		tell(record.Event{Type: record.StepDone, Address: addr.String(), Action: string(providers.Create), Step: 1, Elapsed: 25})
		tell(record.Event{Type: record.StepStart, Address: addr.String(), Action: string(providers.Update), Step: 2}) // too short to be announced
		tell(record.Event{Type: record.StepDone, Address: addr.String(), Action: string(providers.Update), Step: 2, Elapsed: 0.001})
		tell(record.Event{Type: record.StepStart, Address: addr.String(), Action: string(providers.Delete), Step: 3})
		time.Sleep(5 * time.Second)
		tell(record.Event{Type: record.Error, Address: addr.String(), Detail: "no"})
		tell(record.Event{Type: record.ExportStart, Detail: "out.wim"})
		tell(record.Event{Type: record.ExportProgress, Done: 5e8, Total: 1e9})
		time.Sleep(11 * time.Second)
		tell(record.Event{Type: record.ExportDone, Total: 1e9, Elapsed: 71})
		tell(record.Event{Type: record.Verified, Done: 3, Total: 3})
		tell(record.Event{Type: record.Warning, Detail: "dirty hive"})
		tell(record.Event{Type: record.ImageDone, Elapsed: 0.02})
		p.Close()
		const want = `kiosk: 3 steps to out.wim
kiosk: 1 step of 3 taken over from a checkpoint
kiosk/file.f: creating...
kiosk/file.f: still running after 10s
kiosk/file.f: still running after 20s
kiosk/file.f: created after 25.0s
kiosk/file.f: updated
kiosk/file.f: destroying...
kiosk/file.f: failed
kiosk: writing out.wim...
kiosk: still running after 10s, 476.8 MiB of 953.7 MiB written
kiosk: 953.7 MiB written after 1m11s
kiosk: verified, 3 of 3 resources read back
kiosk: complete after 20ms
`
		if out.String() != want {
			t.Errorf("got\n%s\nwant\n%s", out.String(), want)
		}
		if got := errs.String(); got != "Warning: kiosk: dirty hive\n" {
			t.Errorf("got %q", got)
		}
	})
}
