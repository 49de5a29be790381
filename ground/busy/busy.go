// Package busy waits for files that other programs have open.
//
// Windows refuses to open a file that another program has open without sharing it: DISM and
// its DismHost.exe, which may end after it, have the hives of an image open like that, and
// antivirus programs whatever was just written. On other systems a file is in use while a
// program holds an exclusive lock on it (flock(2), LOCK_EX), as the emulated DISM does.
package busy

import (
	"errors"
	"fmt"
	"time"
)

// ErrInUse: another program has the file open exclusively.
var ErrInUse = errors.New("another program has it open")

// Error is the error if a file was still in use when [Wait] gave up.
type Error struct {
	Waited time.Duration
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%v; that was still so after %v", e.Err, e.Waited.Round(time.Second))
}

func (e *Error) Unwrap() error { return e.Err }

// denied is how long to wait after a refusal with two possible reasons: Windows returns the same
// error (ERROR_ACCESS_DENIED) for a file that is deleted and still open, and for one that the
// caller may not open at all.
const denied = 2 * time.Second

// Pauses between attempts: each is twice as long as the one before.
const (
	shortest = time.Millisecond
	longest  = time.Second
)

// sleep is replaced by tests.
var sleep = time.Sleep

// Wait repeats do while a file is in use, up to limit. It returns any other error at once.
func Wait(limit time.Duration, do func() error) error {
	return wait(do, func(err error) time.Duration {
		if Is(err) {
			return limit
		}
		return 0
	})
}

// Insist is Wait that also repeats, for at most two seconds, calls that fail with access denied:
// another program may be about to close the file.
func Insist(limit time.Duration, do func() error) error {
	return wait(do, func(err error) time.Duration {
		switch {
		case Is(err):
			return limit
		case isDenied(err):
			return min(limit, denied)
		}
		return 0
	})
}

// wait repeats do while its error is transient.
func wait(do func() error, worth func(error) time.Duration) error {
	waited, pause := time.Duration(0), shortest
	for {
		err := do()
		until := worth(err)
		switch {
		case until == 0:
			return err
		case waited >= until:
			return &Error{waited, err}
		}
		pause = min(pause, until-waited)
		sleep(pause)
		waited, pause = waited+pause, min(2*pause, longest)
	}
}
