// Package executor carries out a plan: it makes each step's change, reads it
// back, seals checkpoints, writes the output and proves it before it gets its name.
//
// [Apply] is the place to begin. It may be killed at any moment: the next run opens
// the image at the last checkpoint that belongs to the plan, goes on from there,
// and ends with the same bytes. The output gets its name only when everything in it
// has been read back.
package executor

import (
	"errors"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/scratch"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Categories of errors; what [Apply] returns wraps one of them or none.
var (
	// ErrStale: the source or the output is not what it was when the plan was made.
	ErrStale = errors.New("the plan is stale")
	// ErrInterrupted: Stop was closed; the work done is sealed.
	ErrInterrupted = errors.New("interrupted")
	// ErrLocked: another process works with the same store, output or target.
	ErrLocked = errors.New("in use")
	// ErrVerify: what was read back is not what was wanted.
	ErrVerify = errors.New("what was read back is not what was wanted")
)

// Options say with what a plan is carried out.
type Options struct {
	Providers []*providers.Provider
	Backends  []image.Backend
	Host      providers.Host
	Store     string // folder for checkpoints, journal and lock; made if it is not there

	// Stop, when closed, ends the work in order: the current step is finished and
	// sealed, and Apply returns ErrInterrupted. Cancelling the context ends it at
	// once; then the last checkpoint is what remains.
	Stop <-chan struct{}
	// Events is called with each event, by one goroutine at a time. It may be nil.
	Events func(record.Event)
	Log    hclog.Logger
	// LogDir is the folder for the logs of what the backend runs; made if it is not
	// there. Empty: one that the backend chooses.
	LogDir string
	// LogLevel is how much what the backend runs logs; see [image.OpenOptions].
	LogLevel hclog.Level
	// Scratch gives out folders for the temporary files of what the backend runs. Nil:
	// they are in the store.
	Scratch *scratch.Pool
	// Withhold removes sensitive values from a text. Nil: there are none.
	Withhold func(string) string
	// Remedy tells what to do about an error; empty if nothing is known. It may be nil.
	Remedy func(error) string

	// Parallel is how many images may be made at once; 0: one.
	Parallel int

	// ChangesOnly reads back only what was changed, not what was copied from the
	// source: see [image.ExportOptions].
	ChangesOnly bool
	// Confirm also lets ways that can do so confirm their changes, before an output is
	// written: see [providers.Way].
	Confirm bool

	// Continue leaves out every resource that fails, with what depends on it, even
	// without on_error = "skip": then no output is written, and the error joins all.
	Continue bool

	// History has the record of earlier runs and records this one; checkpoints depend
	// on it. Nil: there is none.
	History *history.History
}

// Result is what Apply has done.
type Result struct {
	Images  []ImageResult
	Elapsed time.Duration
}

// ImageResult is what was done to one image.
type ImageResult struct {
	Name     string
	Path     string // of the output, or the target's folder
	Changed  bool   // false: it was up to date, and nothing was changed
	Reused   int    // steps that came from checkpoints
	Applied  int    // steps carried out
	Verified int    // resources read back from the finished image: all there are
	Bytes    int64  // size of the output; 0 for a target
	Elapsed  time.Duration
	// Skipped are the resources that were left out: first those of the plan, then in the
	// order of their steps.
	Skipped []Skipped
	Err     error // why it is not complete
}
