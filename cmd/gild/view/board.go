package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
)

// board is the progress of all images of a plan.
type board struct {
	*record.Run
	images []*status // those that are to be made, in the order of the plan
}

func newBoard(p *planner.Plan, h *history.History) *board {
	b := &board{Run: record.Planned(p)}
	for i, img := range p.Images {
		if !img.UpToDate {
			b.images = append(b.images, &status{b.Images[i], img, h, -1})
		}
	}
	return b
}

// at returns the seconds since the run began.
func (b *board) at(now time.Time) float64 { return now.Sub(b.Began).Seconds() }

// announce records that the present work on an image is announced.
func (b *board) announce(image string) {
	for _, s := range b.images {
		if s.Name == image {
			s.announced = s.since()
		}
	}
}

// in returns the images that are in a state.
func (b *board) in(want state) []*status {
	var found []*status
	for _, s := range b.images {
		if s.state() == want {
			found = append(found, s)
		}
	}
	return found
}

// lines returns the lines for the foot of a terminal with that much room: one line for
// one image; for several, one line for each that is being made, and a summary.
func (b *board) lines(now time.Time, columns, rows int) []string {
	atWork, at := b.in(working), b.at(now)
	switch {
	case len(b.images) > 1 && len(atWork)+len(b.in(waiting)) > 0:
		if rows > 1 {
			return append(imageLines(atWork, at, columns, rows-1), cut(b.summary(at), columns))
		}
		text := b.summary(at)
		if s := longest(atWork); s != nil {
			text += "  " + printable(s.Name+": "+s.text())
		}
		return []string{cut(text, columns)}
	case len(b.images) == 1 && b.images[0].state() == working:
		return []string{cut(b.images[0].line(at, 20), columns)}
	}
	return nil
}

// imageLines returns a line for each image, as long as there are rows; the names take
// equal room.
func imageLines(images []*status, at float64, wide, rows int) []string {
	const widest, bars = 24, 10
	more := 0
	if len(images) > rows {
		images, more = images[:rows-1], len(images)-rows+1
	}
	names := 0
	for _, s := range images {
		names = max(names, min(cells.StringWidth(printable(s.Name)), widest))
	}
	var lines []string
	for _, s := range images {
		name := cells.FillRight(cut(printable(s.Name), names), names)
		lines = append(lines, cut(name+" "+s.line(at, bars), wide))
	}
	if more > 0 {
		lines = append(lines, cut(fmt.Sprintf("and %d more", more), wide))
	}
	return lines
}

// longest returns the image whose current work has lasted longest; nil if there is
// none.
func longest(images []*status) *status {
	var found *status
	for _, s := range images {
		if s.text() != "" && (found == nil || s.since() < found.since()) {
			found = s
		}
	}
	return found
}

// summary is the progress of all images.
func (b *board) summary(at float64) string {
	parts := []string{fmt.Sprintf("%d of %d images", len(b.in(made)), len(b.images))}
	for _, of := range []struct {
		state state
		name  string
	}{{working, "running"}, {waiting, "waiting"}, {failed, "failed"}} {
		if n := len(b.in(of.state)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, of.name))
		}
	}
	parts = append(parts, clock(history.Duration(at)))
	if left, ok := b.left(at); ok {
		parts = append(parts, roughly(left)+" left")
	}
	return bar(b.part(), 20) + " " + strings.Join(parts, "  ")
}

// part returns how much of all is done, from 0 to 1: each image counts as much as
// the others.
func (b *board) part() float64 {
	sum := 0.0
	for _, s := range b.images {
		switch s.state() {
		case made, failed:
			sum++
		case working, waiting:
			sum += s.part()
		}
	}
	return sum / float64(len(b.images))
}

// left estimates the remaining time, if earlier runs tell. It assumes that as many
// images are made at the same time as now.
func (b *board) left(at float64) (time.Duration, bool) {
	var sum, most time.Duration
	for _, s := range b.images {
		if state := s.state(); state == made || state == failed {
			continue
		}
		left, ok := s.left(at)
		if !ok {
			return 0, false
		}
		sum, most = sum+left, max(most, left)
	}
	return max(sum/time.Duration(max(len(b.in(working)), 1)), most), true
}
