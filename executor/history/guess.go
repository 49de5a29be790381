package history

import "github.com/gildhq/gild/planner"

// Guesses for what was never measured. They only decide on checkpoints; plans do not
// show them.
const (
	throughput   = 100e6 // bytes in a second, to a disk
	sealing      = 0.1   // seconds for a layer, apart from its content
	commit       = 30    // seconds for DISM to look through a mounted image
	dismSeconds  = 60    // for a change by DISM
	otherSeconds = 0.05
)

// Price returns how long a checkpoint of an image will take, in seconds. If none
// was measured, it is computed from what has to be written: a copy of the hives, or
// what DISM commits of a whole image.
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
	return h.median(checkpoint + " " + img.Backend)
}

// Expected returns how long a step will take, in seconds, or a guess if no earlier
// run tells.
func (h *History) Expected(img *planner.Image, i int) (seconds float64, known bool) {
	if s, ok := h.median(step(img, i)); ok {
		return s, true
	}
	if img.Steps[i].Serviced {
		return dismSeconds, false
	}
	return otherSeconds, false
}
