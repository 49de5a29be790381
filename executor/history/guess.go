package history

import (
	"time"

	"github.com/gildhq/gild/planner"
)

// What is thought to be the price of something nobody has measured yet. Plans do not
// tell it: it decides on checkpoints only.
const (
	throughput   = 100e6 // bytes in a second, to a disk
	sealing      = 0.1   // seconds for a layer, beside its content
	commit       = 30    // seconds for DISM to look through a mounted image
	dismSeconds  = 60    // for a change by DISM
	otherSeconds = 0.05
)

// Checkpoint takes down how long a checkpoint of an image took.
func (h *History) Checkpoint(img *planner.Image, took time.Duration) {
	h.add(checkpoint+" "+img.Backend, took.Seconds())
}

// Price returns how long a checkpoint of an image is going to take, in seconds. One
// that was never measured costs what it has to write: a copy of the hives, or what
// DISM commits of a whole image.
func (h *History) Price(img *planner.Image) float64 {
	if s, ok := h.price(img); ok {
		return s
	}
	if img.Target != "" {
		return sealing
	}
	if img.Serviced {
		return commit + float64(img.Info.Bytes)/throughput
	}
	return sealing + float64(img.Info.Hives)/throughput
}

// price is the price that was measured.
func (h *History) price(img *planner.Image) (float64, bool) {
	if s, ok := h.median(checkpoint + " " + img.Backend); ok {
		return s, true
	}
	return h.median(checkpoint) // as older versions of gild kept it
}

// Expected returns how long a step is going to take, in seconds; where nothing is
// known of it, a guess.
func (h *History) Expected(img *planner.Image, i int) (seconds float64, known bool) {
	if s, ok := h.median(step(img, i)); ok {
		return s, true
	}
	if img.Steps[i].Serviced {
		return dismSeconds, false
	}
	return otherSeconds, false
}
