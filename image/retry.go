package image

import (
	"cmp"
	"context"
	"time"
)

// Retry says how often something is tried again after a transient error. The zero
// value means [DefaultAttempts] and [DefaultBackoff].
type Retry struct {
	Attempts int           // the first included; 1: no second one
	Backoff  time.Duration // before the second attempt; twice as long before each one after it

	// Stop, when closed, ends the waiting: there is no further attempt. It may be nil.
	Stop <-chan struct{}
	// Tell is called before the wait for each further attempt. It may be nil.
	Tell func(Attempt)
}

// Defaults of [Retry].
const (
	DefaultAttempts = 3
	DefaultBackoff  = 5 * time.Second
)

// Attempt is a further attempt after a failed one.
type Attempt struct {
	N, Of  int // from 2 up
	Wait   time.Duration
	Reason error // why the last one failed
}

// Again waits before the next attempt, after the n-th failed for the given reason.
// It returns false at once if there is none: all were made, Stop is closed, or the
// context is done.
func (r Retry) Again(ctx context.Context, n int, reason error) bool {
	of := cmp.Or(r.Attempts, DefaultAttempts)
	if n >= of || r.Stopped() || ctx.Err() != nil {
		return false
	}
	const longest = 15 * time.Minute
	wait := cmp.Or(r.Backoff, DefaultBackoff)
	for range n - 1 {
		wait = min(2*wait, max(longest, wait))
	}
	if r.Tell != nil {
		r.Tell(Attempt{N: n + 1, Of: of, Wait: wait, Reason: reason})
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Stop:
	case <-ctx.Done():
	}
	return false
}

// Stopped tells whether Stop is closed.
func (r Retry) Stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}
