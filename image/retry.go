package image

import (
	"cmp"
	"context"
	"time"
)

// Retry says how often something is tried that may succeed the next time. The zero
// value leaves it to gild: [DefaultAttempts] and [DefaultBackoff].
type Retry struct {
	Attempts int           // all in all; 1: there is no second one
	Backoff  time.Duration // before the second attempt; twice as long before each one after it

	// Stop, when closed, ends the waiting: there is no further attempt. It may be nil.
	Stop <-chan struct{}
	// Tell is told of each further attempt before it is waited for. It may be nil.
	Tell func(Attempt)
}

// What a [Retry] holds that says nothing.
const (
	DefaultAttempts = 3
	DefaultBackoff  = 5 * time.Second
)

// Attempt is one that follows a failed one.
type Attempt struct {
	N, Of  int // from 2 up
	Wait   time.Duration
	Reason error // why the last one failed
}

// Again waits for the time before the next attempt, after the n-th has failed for
// the given reason. It is false at once if there is none: all have been made, or
// Stop is closed, or the context is done.
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
