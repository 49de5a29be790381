package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/record"
)

// wide is the length of a timeline in its own units, whatever time it covers.
const wide = 1000

// timeline shows the work on one image, or on several below each other, on one axis.
type timeline struct {
	From, To float64 // seconds since the run began
	Ticks    []tick
	Rows     []row
}

// tick is a mark on the axis.
type tick struct {
	Percent float64
	X       string
	Label   string
}

// row is the work on one image.
type row struct {
	*record.Image
	Phases, Steps []bar
	Marks         []bar // checkpoints
}

// bar is a section of a row.
type bar struct {
	Class string
	X, W  string
	Title string
}

// timelines places the work on images within the time from the first beginning to the last end.
func timelines(images ...*record.Image) *timeline {
	t := &timeline{}
	for i, img := range images {
		if i == 0 {
			t.From = img.Began
		}
		t.From, t.To = min(t.From, img.Began), max(t.To, img.Began+img.Elapsed)
	}
	t.Ticks = t.ticks()
	for _, img := range images {
		t.Rows = append(t.Rows, t.row(img))
	}
	return t
}

func (t *timeline) row(img *record.Image) row {
	r := row{Image: img}
	for _, p := range img.Phases {
		r.Phases = append(r.Phases, t.bar(p.Name, p.Began, p.Elapsed, p.Name))
	}
	for _, s := range img.Steps {
		if timed(s) {
			r.Steps = append(r.Steps, t.bar(strings.ReplaceAll(s.Result, " ", "-"), s.Began, s.Elapsed, record.Local(s.Address, img.Name)))
		}
	}
	for _, s := range img.Sealed {
		r.Marks = append(r.Marks, t.bar(record.PhaseCheckpoint, s.Ended-s.Elapsed, s.Elapsed, fmt.Sprintf("checkpoint after step %d", s.Step)))
	}
	return r
}

// timed reports whether this run began the step, and how long it took is known.
func timed(s record.Step) bool {
	return s.Result == record.Done || s.Result == record.Failing || s.Result == record.LeftOut && s.Elapsed > 0
}

func (t *timeline) bar(class string, began, elapsed float64, title string) bar {
	const least = 1.5
	w := max(t.scale(elapsed), least)
	x := min(max(t.scale(began-t.From), 0), wide-w)
	return bar{class, number(x), number(w), title + ": " + seconds(elapsed)}
}

// scale converts seconds into units of the timeline.
func (t *timeline) scale(seconds float64) float64 {
	return min(seconds/max(t.To-t.From, 1e-6), 1) * wide
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// ticks marks the axis at round times, with at most six marks.
func (t *timeline) ticks() []tick {
	const most = 6
	length := t.To - t.From
	if length <= 0 {
		return nil
	}
	var ticks []tick
	every := tickEvery(length / most)
	for n := range most + 1 {
		at := float64(n) * every
		if at > length {
			break
		}
		x := t.scale(at)
		ticks = append(ticks, tick{x / wide * 100, number(x), tickLabel(at)})
	}
	return ticks
}

// tickEvery returns the shortest round time, in seconds, that is at least that long.
func tickEvery(least float64) float64 {
	for unit := 0.001; unit < 1; unit *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if n*unit >= least {
				return n * unit
			}
		}
	}
	round := []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 4 * 3600, 8 * 3600, 12 * 3600}
	if i := slices.IndexFunc(round, func(s float64) bool { return s >= least }); i >= 0 {
		return round[i]
	}
	const day = 24 * 3600
	return day * float64(int(least/day)+1)
}

func tickLabel(s float64) string {
	switch d := time.Duration(s * float64(time.Second)).Round(time.Millisecond); {
	case d == 0:
		return "0"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour && d%time.Minute == 0:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
}
