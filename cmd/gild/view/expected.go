package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/size"
	"github.com/gildhq/gild/operation"
)

// Limits from which a plan says what time and room it needs: less than that changes
// no decision.
const (
	muchTime = 10 * time.Second
	muchRoom = 100_000_000
)

// Expected says what time and room a plan will take. It also names steps of unknown
// duration: a time without them would mislead.
func (s *Screen) Expected(e operation.Expectation) {
	var parts []string
	if e.Known > 0 && e.Time >= muchTime {
		parts = append(parts, timing(e.Estimate))
	}
	if all := e.Room.All(); all >= muchRoom {
		parts = append(parts, fmt.Sprintf("up to %s for what is written", size.Text(all)))
	}
	if len(parts) == 0 {
		return
	}
	if e.Checkpoints > 0 {
		parts = append(parts, checkpointsText(e))
	}
	s.out.printf("Expected: %s.\n", strings.Join(parts, ", "))
	if e.Known > 0 && !e.Guessed && e.WorstLoss >= muchTime {
		s.out.printf("  A crash costs %s of work at worst.\n", roughly(e.WorstLoss))
	}
	if e.Known > 0 && e.Time >= muchTime && !e.Complete() {
		s.out.printf("  Nothing is known yet of: %s.\n", strings.Join(e.Unknown, ", "))
	}
}

// checkpointsText says how many checkpoints there will be.
func checkpointsText(e operation.Expectation) string {
	if e.Guessed {
		return count(e.Checkpoints, "checkpoint") + " or more"
	}
	return count(e.Checkpoints, "checkpoint")
}

// worstLoss is the most work that a crash can cost, in seconds; nil if it is not known.
func worstLoss(e operation.Expectation) *float64 {
	if e.Guessed {
		return nil
	}
	return new(e.WorstLoss.Seconds())
}

// timing says how long something will take.
func timing(e history.Estimate) string {
	if !e.Complete() {
		return "more than " + roughly(e.Time)
	}
	return "about " + roughly(e.Time)
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

// Expected prints what time and room a plan will take.
func (l *Lines) Expected(e operation.Expectation) {
	if e.Known == 0 {
		return
	}
	l.print(struct {
		line
		Seconds     float64  `json:"seconds"`
		Complete    bool     `json:"complete"`
		Unknown     []string `json:"unknown"`
		Checkpoints int      `json:"checkpoints"`
		WorstLoss   *float64 `json:"worst_loss_seconds"`
		Room        int64    `json:"room_bytes"`
		ForOutput   int64    `json:"output_bytes"`
		ForSeals    int64    `json:"checkpoint_bytes"`
		ForScratch  int64    `json:"scratch_bytes"`
	}{
		head("info", "expected", "Expected: "+timing(e.Estimate)), e.Time.Seconds(), e.Complete(), list(e.Unknown), e.Checkpoints, worstLoss(e),
		e.Room.All(), e.Room.Output, e.Room.Checkpoints, e.Room.Scratch,
	})
}
