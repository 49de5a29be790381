package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/planner/document"
)

// Limits from which a plan says what time and room it needs: less than that changes
// no decision.
const (
	muchTime = 10 * time.Second
	muchRoom = 100_000_000
)

// printExpected says what time and room a plan will take. It also names steps of unknown
// duration: a time without them would mislead.
func printExpected(out styled, e *document.Expected) {
	var parts []string
	long := e.Seconds != nil && *e.Seconds >= muchTime.Seconds()
	if long {
		parts = append(parts, timing(e))
	}
	if e.RoomBytes >= muchRoom {
		parts = append(parts, fmt.Sprintf("up to %s for what is written", size.Text(e.RoomBytes)))
	}
	if len(parts) == 0 {
		return
	}
	switch {
	case e.Checkpoints == 0:
	case e.WorstLoss == nil:
		parts = append(parts, count(e.Checkpoints, "checkpoint")+" or more")
	default:
		parts = append(parts, count(e.Checkpoints, "checkpoint"))
	}
	out.para("", "  ", "Expected: %s.", strings.Join(parts, ", "))
	if e.Seconds != nil && e.WorstLoss != nil && *e.WorstLoss >= muchTime.Seconds() {
		out.para("  ", "  ", "A crash costs %s of work at worst.", roughly(history.Duration(*e.WorstLoss)))
	}
	if long && !e.Complete {
		out.para("  ", "    ", "Nothing is known yet of: %s.", strings.Join(e.Unknown, ", "))
	}
}

// timing says how long something will take of which something is known.
func timing(e *document.Expected) string {
	about := "about "
	if !e.Complete {
		about = "more than "
	}
	return about + roughly(history.Duration(*e.Seconds))
}

// roughly rounds a duration to the precision of an estimate.
func roughly(d time.Duration) string {
	switch {
	case d < 3*time.Second:
		return "a moment"
	case d < time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Round(5*time.Second).Seconds()))
	case d < time.Hour:
		return count(int(d.Round(time.Minute).Minutes()), "minute")
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}
