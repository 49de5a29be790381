package image

import (
	"cmp"
	"context"
	"time"
)

// Retry says how often an operation is retried after a transient error. The zero value
// means [DefaultAttempts] and [DefaultBackoff].
type Retry struct {
	Attempts int           // including the first; 1: no retry
	Backoff  time.Duration // wait before the second attempt; it doubles before each later one

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
	N, Of  int // number of the attempt, from 2, and of all attempts
	Wait   time.Duration
	Reason error // why the last one failed
}

// Again waits before the next attempt, after the n-th failed with reason. It returns
// false at once if there is no next attempt: all were made, Stop is closed, or the
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

// Stopped reports whether Stop is closed.
func (r Retry) Stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}
