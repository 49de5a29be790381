package view

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/operation"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// several is a plan of images that install a package each.
func several(names ...string) *planner.Plan {
	p := &planner.Plan{}
	for _, name := range names {
		p.Images = append(p.Images, &planner.Image{
			Name: name, Output: name + ".wim", Info: planner.Info{Bytes: 1000},
			Items: []*planner.Item{{Addr: pkg(name)}}, Steps: []planner.Step{{Item: 0, Action: providers.Create, Way: "dism"}},
		})
	}
	return p
}

func pkg(image string) dsl.Addr { return dsl.Addr{Image: image, Kind: "package", Name: "kb"} }

// feed tells what happens to an image while others are made, too.
type feed struct{ operation.Progress }

func (f feed) Event(e record.Event) {
	e.Time = time.Now()
	f.Progress.Event(e)
}

func (f feed) start(images ...string) {
	for _, image := range images {
		f.Event(record.Event{Type: record.ImageStart, Image: image, Steps: 1, Detail: image + ".wim"})
		f.Event(record.Event{Type: record.StepStart, Image: image, Address: pkg(image).String(), Action: string(providers.Create), Step: 1, Steps: 1})
	}
}

func (f feed) stepDone(image string, took time.Duration) {
	f.Event(record.Event{Type: record.StepDone, Image: image, Address: pkg(image).String(), Action: string(providers.Create), Step: 1, Steps: 1, Elapsed: took.Seconds()})
}

func (f feed) wait(image, message string) {
	f.Event(record.Event{Type: record.ImageWait, Image: image, Detail: message})
}

// Elsewhere than on a terminal one line names all that lasts.
func TestSeveralImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs strings.Builder
		f := feed{NewScreen(Streams{Out: &out, Err: &errs}, true).Progress(several("a", "b", "c"), &history.History{})}
		f.start("a")
		f.wait("c", "its source is the image a")
		time.Sleep(4500 * time.Millisecond)
		f.start("b")
		time.Sleep(11 * time.Second) // a alone has lasted for ten
		f.Event(record.Event{Type: record.StepProgress, Image: "a", Done: 250, Total: 1000})
		time.Sleep(10 * time.Second)
		f.stepDone("a", 26*time.Second)
		f.Event(record.Event{Type: record.ImageDone, Image: "a", Elapsed: 26})
		time.Sleep(10 * time.Second)
		f.Event(record.Event{Type: record.Error, Image: "b", Address: pkg("b").String(), Detail: "no"})
		time.Sleep(time.Minute)
		f.Close()
		const want = `a: 1 step to a.wim
c: waiting: its source is the image a
a/package.kb: creating...
b: 1 step to b.wim
b/package.kb: creating...
a/package.kb: still running after 10s
0 of 3 images complete, still running: a/package.kb: creating for 20s, 25 %; b/package.kb: creating for 16s
a/package.kb: created after 26.0s
a: complete after 26.0s
b/package.kb: still running after 26s
b/package.kb: failed
`
		if out.String() != want {
			t.Errorf("got\n%s\nwant\n%s", out.String(), want)
		}
	})
}

// Many images do not make many lines.
func TestManyImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names []string
		for i := range 24 {
			names = append(names, fmt.Sprintf("image%02d", i))
		}
		var out strings.Builder
		f := feed{NewScreen(Streams{Out: &out, Err: &out}, true).Progress(several(names...), &history.History{})}
		f.start(names...)
		time.Sleep(61 * time.Second)
		f.Close()
		if n := strings.Count(out.String(), "still running"); n != 6 {
			t.Errorf("%d reminders in a minute", n)
		}
		if !strings.Contains(out.String(), "image03/package.kb: creating for 1m0s; and 20 more\n") {
			t.Errorf("got\n%s", out.String())
		}
	})
}

func TestSeveralOnTerminal(t *testing.T) {
	for _, tt := range []struct {
		name  string
		color bool
		want  string // while a and 名前 are made, and b waits
		end   string
	}{
		{"with escape sequences", true, `a: 1 step to a.wim
名前: 1 step to 名前.wim
b: waiting: its source is the image a
a    [----------] 0/1 steps  0:30  1 minute left  package.kb: creating
名前 [----------] 0/1 steps  0:30  1 minute left  package.kb: creating
[--------------------] 0 of 3 images  2 running  1 waiting  0:30  2 minutes left`, `a: 1 step to a.wim
名前: 1 step to 名前.wim
b: waiting: its source is the image a
Warning: odd
a/package.kb: created after 31.0s
`},
		{"without", false, `a: 1 step to a.wim
名前: 1 step to 名前.wim
b: waiting: its source is the image a
[--------------------] 0 of 3 images  2 running  1 waiting  0:30  2 minutes left  a: package.kb: creating`, `a: 1 step to a.wim
名前: 1 step to 名前.wim
b: waiting: its source is the image a
Warning: odd
a/package.kb: created after 31.0s
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out shared
				s := NewScreen(Streams{Out: &out, Err: &out}, true)
				s.out.width, s.err.width, s.out.color = 120, 120, tt.color
				p := several("a", "名前", "b")
				f := feed{s.Progress(p, known(p))}
				f.start("a", "名前")
				f.wait("b", "its source is the image a")
				time.Sleep(30500 * time.Millisecond)
				if got := screenful(out.String()); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				s.Warning("odd") // in the middle of it, as an interrupt is
				time.Sleep(time.Second)
				f.stepDone("a", 31*time.Second)
				f.Close()
				if got := screenful(out.String()); got != tt.end {
					t.Errorf("in the end\n%s\nwant\n%s", got, tt.end)
				}
				if !tt.color && strings.Contains(out.String(), "\x1b") {
					t.Errorf("%q", out.String())
				}
			})
		})
	}
}

// shared is written to by several goroutines, as a terminal is.
type shared struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// The foot leaves room for what is above it.
func TestFootIsLow(t *testing.T) {
	var names []string
	for i := range 30 {
		names = append(names, strconv.Itoa(i))
	}
	p := several(names...)
	b := newBoard(p, &history.History{})
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for _, name := range names {
		b.Add(record.Event{Time: now, Type: record.StepStart, Image: name, Address: pkg(name).String(), Step: 1})
	}
	for _, rows := range []int{1, 2, 3, 12} {
		lines := b.lines(now, 60, rows)
		if len(lines) != rows {
			t.Errorf("%d lines in %d rows", len(lines), rows)
		}
		for _, line := range lines {
			if cells.StringWidth(line) > 60 {
				t.Errorf("%q is too wide", line)
			}
		}
	}
}

// screenful is what a terminal shows of what was written to it, with cursor up, erase
// in line and erase in display.
func screenful(text string) string {
	lines := [][]rune{nil}
	row, col := 0, 0
	for i := 0; i < len(text); {
		if strings.HasPrefix(text[i:], "\x1b[") {
			end := i + strings.IndexAny(text[i:], "AJK")
			switch n, _ := strconv.Atoi(text[i+2 : end]); text[end] {
			case 'A':
				row -= n
			case 'J':
				lines[row], lines = lines[row][:min(col, len(lines[row]))], lines[:row+1]
			case 'K':
				lines[row] = lines[row][:min(col, len(lines[row]))]
			}
			i = end + 1
			continue
		}
		r := []rune(text[i:])[0]
		i += len(string(r))
		switch r {
		case '\n':
			if row, col = row+1, 0; row == len(lines) {
				lines = append(lines, nil)
			}
		case '\r':
			col = 0
		default:
			for range cells.RuneWidth(r) {
				if col == len(lines[row]) {
					lines[row] = append(lines[row], ' ')
				}
				lines[row][col], r = r, 0
				col++
			}
		}
	}
	var shown []string
	for _, line := range lines {
		shown = append(shown, strings.TrimRight(strings.ReplaceAll(string(line), "\x00", ""), " "))
	}
	return strings.Join(shown, "\n")
}
