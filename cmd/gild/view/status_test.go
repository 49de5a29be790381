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

// twoSteps is a plan that installs two packages.
func twoSteps() *planner.Plan {
	items := []*planner.Item{{Addr: dsl.Addr{Image: "kiosk", Kind: "package", Name: "a"}}, {Addr: dsl.Addr{Image: "kiosk", Kind: "package", Name: "b"}}}
	return &planner.Plan{Images: []*planner.Image{{
		Name: "kiosk", Output: "out.wim", Info: planner.Info{Bytes: 1000}, Items: items,
		Steps: []planner.Step{{Item: 0, Way: "dism"}, {Item: 1, Way: "dism"}},
	}}}
}

// known says that a package takes a minute, and writing the output 40 seconds.
func known(p *planner.Plan) *history.History {
	h := &history.History{}
	h.Step(p.Images[0], 0, time.Minute)
	h.Export(p.Images[0], 40*time.Second)
	return h
}

func TestStatus(t *testing.T) {
	p := twoSteps()
	start := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	step := func(typ executor.EventType, n int) executor.Event {
		return executor.Event{Type: typ, Addr: p.Images[0].Items[n-1].Addr, Action: providers.Create, Step: n}
	}
	script := []struct {
		at            time.Duration
		event         executor.Event
		with, without string // of what is known of earlier runs
	}{
		{0, executor.Event{Type: executor.ImageStart}, "[--------------------] 0/2 steps  0:00  3 minutes left  opening", "[--------------------] 0/2 steps  0:00  opening"},
		{0, step(executor.StepStart, 1), "[--------------------] 0/2 steps  0:00  3 minutes left  package.a: creating", "[--------------------] 0/2 steps  0:00  package.a: creating"},
		{30 * time.Second, executor.Event{Type: executor.StepProgress, Done: 500, Total: 1000},
			"[###-----------------] 0/2 steps  0:30  2 minutes left  package.a: creating", "[###-----------------] 0/2 steps  0:30  package.a: creating"},
		{time.Minute, step(executor.StepDone, 1), "[#######-------------] 1/2 steps  1:00  2 minutes left", "[#######-------------] 1/2 steps  1:00"},
		{time.Minute, step(executor.StepStart, 2), "[#######-------------] 1/2 steps  1:00  2 minutes left  package.b: creating", "[#######-------------] 1/2 steps  1:00  package.b: creating"},
		{10 * time.Minute, step(executor.StepDone, 2), "[###############-----] 2/2 steps  10:00  40 seconds left", "[###############-----] 2/2 steps  10:00"},
		{10 * time.Minute, executor.Event{Type: executor.ExportStart}, "[###############-----] 2/2 steps  10:00  40 seconds left  writing", "[###############-----] 2/2 steps  10:00  writing"},
		{61 * time.Minute, executor.Event{Type: executor.ExportProgress, Done: 5e8, Total: 1e9},
			"[#################---] 2/2 steps  476.8 MiB of 953.7 MiB  1:01:00  20 seconds left  writing", "[#################---] 2/2 steps  476.8 MiB of 953.7 MiB  1:01:00  writing"},
		{62 * time.Minute, executor.Event{Type: executor.ImageDone}, "", ""},
	}
	for _, tt := range []struct {
		name string
		h    *history.History
		want func(int) string
	}{
		{"with a history", known(p), func(i int) string { return script[i].with }},
		{"without one", &history.History{}, func(i int) string { return script[i].without }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBoard(p, tt.h)
			for i, e := range script {
				e.event.Image = "kiosk"
				b.event(e.event, start.Add(e.at))
				if got := strings.Join(b.lines(start.Add(e.at), 120, 10), "\n"); got != tt.want(i) {
					t.Errorf("%s: got  %s\nwant %s", e.event.Type, got, tt.want(i))
				}
			}
		})
	}
}

// An estimate does not go below nothing, nor does the bar go back or over its end.
func TestStatusLate(t *testing.T) {
	p := twoSteps()
	s := &status{image: p.Images[0], history: known(p)}
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	s.event(executor.Event{Type: executor.ImageStart, Image: "kiosk"}, now)
	s.event(executor.Event{Type: executor.StepStart, Step: 2, Addr: p.Images[0].Items[1].Addr}, now)
	s.event(executor.Event{Type: executor.StepProgress, Done: 2000, Total: 1000}, now)
	if left, ok := s.left(now.Add(time.Hour)); !ok || left < 0 {
		t.Errorf("%v, %v", left, ok)
	}
	if part := s.part(); part < 0 || part > 1 {
		t.Errorf("%v", part)
	}
	if line := cut(s.line(now, 20), 30); len([]rune(line)) != 30 || !strings.HasSuffix(line, "…") {
		t.Errorf("%q", line)
	}
}

// On a terminal there is one line at the foot, which is gone in the end; nothing is
// said again and again.
func TestProgressOnTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs strings.Builder
		s := NewScreen(Streams{Out: &out, Err: &errs}, true)
		s.out.width = 60
		plan := twoSteps()
		p := s.Progress(plan, known(plan))
		addr := plan.Images[0].Items[0].Addr
		p.Event(executor.Event{Type: executor.ImageStart, Image: "kiosk", Steps: 2, Message: "out.wim"})
		p.Event(executor.Event{Type: executor.StepStart, Image: "kiosk", Addr: addr, Action: providers.Create, Step: 1})
		time.Sleep(25500 * time.Millisecond)
		p.Event(executor.Event{Type: executor.StepDone, Image: "kiosk", Addr: addr, Action: providers.Create, Step: 1, Elapsed: 25 * time.Second})
		p.Event(executor.Event{Type: executor.Error, Image: "kiosk", Err: errors.New("no")})
		p.Close()
		if strings.Contains(out.String(), "still running") || strings.Contains(out.String(), "\x1b") {
			t.Errorf("got %q", out.String())
		}
		if !strings.Contains(out.String(), "0:25") {
			t.Errorf("the time does not go on: %q", out.String())
		}
		const want = "kiosk: 2 steps to out.wim\nkiosk/package.a: created after 25.0s\nkiosk: failed\n"
		if got := shown(out.String()); got != want {
			t.Errorf("what stands there in the end: %q", got)
		}
	})
}

// shown is what a terminal shows in the end of what was written to it.
func shown(text string) string {
	var lines []string
	var line []rune
	at := 0
	for _, r := range text {
		switch r {
		case '\n':
			lines, line, at = append(lines, strings.TrimRight(string(line), " ")), nil, 0
		case '\r':
			at = 0
		default:
			if at == len(line) {
				line = append(line, ' ')
			}
			line[at] = r
			at++
		}
	}
	return strings.Join(append(lines, strings.TrimRight(string(line), " ")), "\n")
}
