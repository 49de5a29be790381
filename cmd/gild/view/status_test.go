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

// twoSteps is a plan that installs two packages.
func twoSteps() *planner.Plan {
	items := []*planner.Item{{Addr: dsl.Addr{Image: "kiosk", Kind: "package", Name: "a"}}, {Addr: dsl.Addr{Image: "kiosk", Kind: "package", Name: "b"}}}
	return &planner.Plan{Images: []*planner.Image{{
		Name: "kiosk", Output: "out.wim", Info: planner.Info{Bytes: 1000}, Items: items,
		Steps: []planner.Step{{Item: 0, Action: providers.Create, Way: "dism"}, {Item: 1, Action: providers.Create, Way: "dism"}},
	}}}
}

// known says that a package takes a minute, and writing the output 40 seconds.
func known(p *planner.Plan) *history.History {
	h := &history.History{}
	h.Learn(p.Images[0], record.Event{Type: record.StepDone, Step: 1, Elapsed: 60})
	h.Learn(p.Images[0], record.Event{Type: record.ExportDone, Elapsed: 40})
	return h
}

func TestStatus(t *testing.T) {
	p := twoSteps()
	start := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	step := func(typ record.Type, n int) record.Event {
		return record.Event{Type: typ, Address: p.Images[0].Items[n-1].Addr.String(), Action: string(providers.Create), Step: n}
	}
	script := []struct {
		at            time.Duration
		event         record.Event
		with, without string // of what is known of earlier runs
	}{
		{0, record.Event{Type: record.ImageStart}, "[--------------------] 0/2 steps  0:00  3 minutes left  opening", "[--------------------] 0/2 steps  0:00  opening"},
		{0, step(record.StepStart, 1), "[--------------------] 0/2 steps  0:00  3 minutes left  package.a: creating", "[--------------------] 0/2 steps  0:00  package.a: creating"},
		{30 * time.Second, record.Event{Type: record.StepProgress, Done: 500, Total: 1000},
			"[###-----------------] 0/2 steps  0:30  2 minutes left  package.a: creating", "[###-----------------] 0/2 steps  0:30  package.a: creating"},
		{time.Minute, step(record.StepDone, 1), "[#######-------------] 1/2 steps  1:00  2 minutes left", "[#######-------------] 1/2 steps  1:00"},
		{time.Minute, step(record.StepStart, 2), "[#######-------------] 1/2 steps  1:00  2 minutes left  package.b: creating", "[#######-------------] 1/2 steps  1:00  package.b: creating"},
		{10 * time.Minute, step(record.StepDone, 2), "[###############-----] 2/2 steps  10:00  40 seconds left", "[###############-----] 2/2 steps  10:00"},
		{10 * time.Minute, record.Event{Type: record.ExportStart}, "[###############-----] 2/2 steps  10:00  40 seconds left  writing", "[###############-----] 2/2 steps  10:00  writing"},
		{61 * time.Minute, record.Event{Type: record.ExportProgress, Done: 5e8, Total: 1e9},
			"[#################---] 2/2 steps  476.8 MiB of 953.7 MiB  1:01:00  20 seconds left  writing", "[#################---] 2/2 steps  476.8 MiB of 953.7 MiB  1:01:00  writing"},
		{62 * time.Minute, record.Event{Type: record.ImageDone}, "", ""},
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
				e.event.Image, e.event.Time = "kiosk", start.Add(e.at)
				b.Add(e.event)
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
	b := newBoard(p, known(p))
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	b.Add(record.Event{Time: now, Type: record.ImageStart, Image: "kiosk"})
	b.Add(record.Event{Time: now, Type: record.StepStart, Image: "kiosk", Step: 2})
	b.Add(record.Event{Time: now, Type: record.StepProgress, Image: "kiosk", Done: 2000, Total: 1000})
	s := b.images[0]
	if left, ok := s.left(3600); !ok || left < 0 {
		t.Errorf("%v, %v", left, ok)
	}
	if part := s.part(); part < 0 || part > 1 {
		t.Errorf("%v", part)
	}
	if line := cut(s.line(0, 20), 30); len([]rune(line)) != 30 || !strings.HasSuffix(line, "…") {
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
		p := feed{s.Progress(plan, known(plan))}
		addr := plan.Images[0].Items[0].Addr
		p.Event(record.Event{Type: record.ImageStart, Image: "kiosk", Steps: 2, Detail: "out.wim"})
		p.Event(record.Event{Type: record.StepStart, Image: "kiosk", Address: addr.String(), Action: string(providers.Create), Step: 1})
		time.Sleep(25500 * time.Millisecond)
		p.Event(record.Event{Type: record.StepDone, Image: "kiosk", Address: addr.String(), Action: string(providers.Create), Step: 1, Elapsed: 25})
		p.Event(record.Event{Type: record.Error, Image: "kiosk", Detail: "no"})
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
