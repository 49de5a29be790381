package view

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/executor"
)

func TestAppliedSeveral(t *testing.T) {
	p := several("a", "名前", "broken", "stopped", "never", "old", "last")
	r := executor.Result{Images: []executor.ImageResult{
		{Name: "名前", Path: "名前.wim", Changed: true, Reused: 1, Verified: 1, Bytes: 4e9, Elapsed: 65 * time.Second,
			Skipped: []executor.Skipped{{Addr: pkg("名前"), Err: errors.New("no")}}},
		{Name: "a", Path: "a.wim", Changed: true, Applied: 1, Verified: 1, Bytes: 1200, Elapsed: 20 * time.Minute},
		{Name: "broken", Path: "broken.wim", Elapsed: time.Second, Err: errors.New("no")},
		{Name: "stopped", Path: "stopped.wim", Elapsed: time.Second, Err: fmt.Errorf("image: %w", executor.ErrInterrupted)},
		{Name: "never", Path: "never.wim", Err: fmt.Errorf("image: %w before it was begun", executor.ErrInterrupted)},
		{Name: "old", Path: "old.wim"},
	}}
	var out strings.Builder
	NewScreen(Streams{Out: &out, Err: &out}, true).Applied(p, r, "")
	const want = `
3 of 7 images complete: 0 added, 0 changed, 0 destroyed. Verified: 2/2 resources read back, 1 left out.

  Image    Outcome                Size  Steps  Reused  Elapsed  Output
  a        complete            1.2 KiB    1/1       0    20m0s  a.wim
  名前     complete without 1  3.7 GiB    1/1       1     1m5s  名前.wim
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
		done executor.ImageResult
		want string
	}{
		{"made", executor.ImageResult{Name: "a", Path: "a.wim", Changed: true, Verified: 1, Bytes: 1200},
			"\nApply complete: 0 added, 0 changed, 0 destroyed. Verified: 1/1 resources read back.\n  a: a.wim, 1.2 KiB\n"},
		{"failed", executor.ImageResult{Name: "a", Path: "a.wim", Err: errors.New("no")}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			NewScreen(Streams{Out: &out, Err: &out}, true).Applied(several("a"), executor.Result{Images: []executor.ImageResult{tt.done}}, "")
			if out.String() != tt.want {
				t.Errorf("got\n%s\nwant\n%s", out.String(), tt.want)
			}
		})
	}
}
