package view

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs strings.Builder
		p := NewScreen(Streams{Out: &out, Err: &errs}, true).Progress(&planner.Plan{}, &history.History{})
		addr := dsl.Addr{Image: "kiosk", Kind: "file", Name: "f"}
		tell := func(e executor.Event) {
			e.Image = "kiosk"
			p.Event(e)
		}
		tell(executor.Event{Type: executor.ImageStart, Steps: 3, Message: "out.wim"})
		tell(executor.Event{Type: executor.Reuse, Step: 1, Steps: 3, Message: "a checkpoint"})
		time.Sleep(time.Minute) // between steps nothing is said
		tell(executor.Event{Type: executor.StepStart, Addr: addr, Action: providers.Create})
		time.Sleep(25 * time.Second)
		tell(executor.Event{Type: executor.StepDone, Addr: addr, Action: providers.Create, Elapsed: 25 * time.Second})
		tell(executor.Event{Type: executor.StepStart, Addr: addr, Action: providers.Update}) // too short to be announced
		tell(executor.Event{Type: executor.StepDone, Addr: addr, Action: providers.Update, Elapsed: time.Millisecond})
		tell(executor.Event{Type: executor.StepStart, Addr: addr, Action: providers.Delete})
		time.Sleep(5 * time.Second)
		tell(executor.Event{Type: executor.Error, Addr: addr, Err: errors.New("no")})
		tell(executor.Event{Type: executor.ExportStart, Message: "out.wim"})
		tell(executor.Event{Type: executor.ExportProgress, Done: 5e8, Total: 1e9})
		time.Sleep(11 * time.Second)
		tell(executor.Event{Type: executor.ExportDone, Total: 1e9, Elapsed: 71 * time.Second})
		tell(executor.Event{Type: executor.Verified, Done: 3, Total: 3})
		tell(executor.Event{Type: executor.Warning, Message: "dirty hive"})
		tell(executor.Event{Type: executor.ImageDone, Elapsed: 20 * time.Millisecond})
		p.Close()
		const want = `kiosk: 3 steps to out.wim
kiosk: 1 step of 3 taken over from a checkpoint
kiosk/file.f: creating...
kiosk/file.f: still running after 10s
kiosk/file.f: still running after 20s
kiosk/file.f: created after 25.0s
kiosk/file.f: changed
kiosk/file.f: removing...
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
