package history

import "github.com/gildhq/gild/planner"

// Guesses for durations that were never measured. Only the rule for checkpoints uses them; plans
// do not show them.
const (
	throughput   = 100e6 // bytes per second, to a disk
	sealing      = 0.1   // seconds for a layer, without its content
	commit       = 30    // seconds that DISM takes to scan a mounted image
	dismSeconds  = 60    // seconds for a change by DISM
	otherSeconds = 0.05
)

// Price returns how long a checkpoint of an image will take, in seconds. If none was measured, it
// is computed from the bytes to write: a copy of the hives, or what DISM commits of a whole
// image.
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

// price returns the measured price.
func (h *History) price(img *planner.Image) (float64, bool) {
	return h.median(checkpoint + " " + img.Backend)
}

// Expected returns how long a step will take, in seconds. If no earlier run has measured it, the
// result is a guess.
func (h *History) Expected(img *planner.Image, i int) (seconds float64, known bool) {
	if s, ok := h.median(step(img, i)); ok {
		return s, true
	}
	if img.Steps[i].Serviced {
		return dismSeconds, false
	}
	return otherSeconds, false
}
