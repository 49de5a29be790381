package dsl

import (
	"fmt"
	"time"
)

// retry evaluates the block of an image.
func (in *instance) retry() Retry {
	h, _ := in.inner("retry", "attempts", "backoff")
	if h == nil {
		return Retry{}
	}
	const most = 100
	r := Retry{Attempts: h.count("attempts")}
	if r.Attempts > most {
		h.wrong("attempts", fmt.Sprintf("It must be a whole number from 1 to %d. With 1, nothing is tried again.", most))
	}
	if backoff := h.text("backoff"); backoff != "" {
		d, err := time.ParseDuration(backoff)
		if err != nil || d <= 0 || d > 24*time.Hour {
			h.wrong("backoff", fmt.Sprintf(`%q is no duration that fits; it is written like "10s", "2m" or "1m30s", greater than zero and 24 hours at most.`, backoff))
		}
		r.Backoff = max(d, 0)
	}
	return r
}
