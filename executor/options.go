// Package executor carries out a plan: it makes the change of each step, reads it back, seals
// checkpoints, writes the output and verifies it before it gives it its name. It does not decide
// what to change (package planner), nor what to do next after a step (package sequencer below
// it).
//
// Begin with [Apply]. Apply may be killed at any moment: the next run opens the image at the last
// checkpoint of the plan's chain, continues from there, and ends with the same bytes. The output
// gets its name only when everything in it was read back. For each image, a run (run.go) has a
// hand, which carries out steps (hand.go), and a publication, which writes the output
// (publication.go).
package executor

import (
	"errors"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Categories of errors. An error of [Apply] wraps at most one of them.
var (
	// ErrStale: the source or the output has changed since the plan was made.
	ErrStale = errors.New("the plan is stale")
	// ErrInterrupted: Stop was closed; the finished steps are sealed.
	ErrInterrupted = errors.New("interrupted")
	// ErrLocked: another process uses the same store, output or target.
	ErrLocked = errors.New("in use")
	// ErrVerify: what was read back differs from the wanted state.
	ErrVerify = errors.New("the result differs from the configuration")
)

// Options are the input of [Apply] apart from the plan.
type Options struct {
	Providers []*providers.Provider
	Backends  []image.Backend
	Host      providers.Host
	Store     string // folder of checkpoints, journal and lock; created if needed

	// Stop, when closed, ends the run in order: gild finishes and seals the current step, and
	// Apply returns ErrInterrupted. Cancelling the context ends the run at once; only sealed
	// steps are kept then.
	Stop <-chan struct{}
	// Events is called with each event, from one goroutine at a time. It may be nil.
	Events func(record.Event)
	Log    hclog.Logger
	// LogDir is the folder for the logs of programs that the backend runs; created if needed.
	// Empty: the backend chooses one.
	LogDir string
	// LogLevel is how much these programs log; see [image.OpenOptions].
	LogLevel hclog.Level
	// Scratch provides folders for temporary files of these programs. Nil: they are in the store.
	Scratch *scratch.Pool
	// Withhold removes sensitive values from a text. Nil: there are none.
	Withhold func(string) string
	// Remedy says what to do about an error, or returns an empty text. It may be nil.
	Remedy func(error) string

	// Parallel is how many images are made at the same time, at most; 0: one.
	Parallel int

	// ChangesOnly verifies only the changed content of an output, not what was copied from the
	// source: see [image.ExportOptions].
	ChangesOnly bool
	// Confirm also has ways that can do so list their changes, before the output is written: see
	// [providers.Way].
	Confirm bool

	// Continue leaves out every resource that fails, and what depends on it, even without
	// on_error = "skip". Then no output is written, and the error joins all errors.
	Continue bool

	// History has the durations of earlier runs, and records this run; the rule for checkpoints
	// uses it. Nil: there is none.
	History *history.History
}

// Result is the outcome of [Apply].
type Result struct {
	*record.Run                  // ended
	Errs        map[string]error // why images are not complete, by their names
}
