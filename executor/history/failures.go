package history

import (
	"math"
	"time"

	"github.com/gildhq/gild/planner"
)

// count is how often something was tried, and how often it failed.
type count struct {
	Tries    float64 `json:"tries"`
	Failures float64 `json:"failures"`
}

// memory is the number of tries at which the counts are halved, so that older ones
// count less.
const memory = 200

func (c count) and(failures float64) count {
	c.Tries, c.Failures = c.Tries+1, c.Failures+failures
	if c.Tries > memory {
		c.Tries, c.Failures = c.Tries/2, c.Failures/2
	}
	return c
}

// sound tells whether a file may say so.
func (c count) sound() bool {
	return c.Failures >= 0 && c.Failures <= c.Tries && c.Tries <= memory && !math.IsNaN(c.Tries)
}

// try records a try. It needs the lock.
func (h *History) try(name string, failures float64) {
	if h.counts == nil {
		h.counts = map[string]count{}
	}
	if _, known := h.counts[name]; known || len(h.counts) < things {
		h.counts[name] = h.counts[name].and(failures)
	}
}

// Prior assumptions: one of 25 changes by DISM fails, and one of 10,000 others.
// They weigh as much as this many tries.
const (
	dismFailure  = 1. / 25
	otherFailure = 1. / 10_000
	prior        = 25
)

// Failed records that the step with that number, from 0, failed.
func (h *History) Failed(img *planner.Image, i int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.try(step(img, i), 1)
}

// Failure returns the probability that a step fails.
func (h *History) Failure(img *planner.Image, i int) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := otherFailure
	if img.Steps[i].Serviced {
		before = dismFailure
	}
	c := h.counts[step(img, i)]
	return (c.Failures + prior*before) / (c.Tries + prior)
}

// Prior assumption: work is interrupted once in a working day.
const day = 8 * 60 * 60

// Ran tells how long earlier runs worked, and how often they were cut off: killed, or
// cancelled before they could make a checkpoint. It replaces what was recorded before.
func (h *History) Ran(worked time.Duration, cuts int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.worked, h.cuts = max(worked.Seconds(), 0), max(cuts, 0)
}

// MTBF returns the seconds of work between two interruptions.
func (h *History) MTBF() float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return (h.worked + day) / float64(h.cuts+1)
}
