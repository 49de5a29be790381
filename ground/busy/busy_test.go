package busy

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// clock counts how long is slept, and does not sleep.
func clock(t *testing.T) *time.Duration {
	total, pauses := new(time.Duration), 0
	sleep = func(d time.Duration) {
		if *total += d; d <= 0 || d > longest {
			t.Errorf("pause %d: %v", pauses, d)
		}
		pauses++
	}
	t.Cleanup(func() { sleep = time.Sleep })
	return total
}

func TestWait(t *testing.T) {
	wrapped := &fs.PathError{Op: "open", Path: "SOFTWARE", Err: ErrInUse}
	total := clock(t)
	n := 0
	if err := Wait(30*time.Second, func() error {
		if n++; n < 8 {
			return wrapped
		}
		return nil
	}); err != nil || n != 8 || *total != 127*time.Millisecond {
		t.Errorf("%v, after %d attempts in %v", err, n, *total)
	}

	*total = 0
	err := Wait(30*time.Second, func() error { return wrapped })
	var failed *Error
	if !errors.As(err, &failed) || !Is(err) || failed.Waited != 30*time.Second || *total != 30*time.Second {
		t.Errorf("%v, after %v", err, *total)
	}
	if !strings.Contains(err.Error(), "SOFTWARE") || !strings.Contains(err.Error(), "30s") {
		t.Error(err)
	}

	*total = 0
	if err := Wait(time.Minute, func() error { return fs.ErrNotExist }); err != fs.ErrNotExist || *total != 0 {
		t.Errorf("%v, after %v", err, *total)
	}
}
