package fetch

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// passing is an error of the network or a server, which may not be there the next time.
type passing struct {
	err   error
	after time.Duration // that the server wants to be left alone; 0: it did not say
}

func (p *passing) Error() string { return p.err.Error() }
func (p *passing) Unwrap() error { return p.err }

// What is tried again, how often without any progress, and when.
const (
	tries     = 6
	firstWait = 250 * time.Millisecond
	maxWait   = 30 * time.Second
	// maxAfter is how long a server may have gild wait.
	maxAfter = 5 * time.Minute
)

// retry calls do until it succeeds, fails with an error that is not passing, or has made
// no progress several times in a row. do returns how far it has come.
func (f *Fetcher) retry(ctx context.Context, shown string, do func() (done int64, err error)) error {
	reached := int64(0)
	for try := 1; ; try++ {
		done, err := do()
		if err == nil {
			return nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		p, again := errors.AsType[*passing](err)
		if done > reached {
			reached, try = done, 1
		}
		if !again || try == tries || p.after > maxAfter {
			return err
		}
		wait := p.after
		if wait == 0 { // between half and all of it, so that not all clients come at once
			full := min(firstWait<<(try-1), maxWait)
			wait = full/2 + rand.N(full/2) // #nosec G404 -- no secret
		}
		f.tell(Event{Address: shown, Done: done, Err: err, Wait: wait})
		if err := f.pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (f *Fetcher) pause(ctx context.Context, d time.Duration) error {
	if f.wait != nil {
		return f.wait(ctx, d)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// retryAfter is how long a server wants to be left alone (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
