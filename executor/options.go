// Package executor carries out a plan: it makes each step's change, reads it
// back, seals checkpoints, writes the output and proves it before it gets its name.
//
// [Apply] may be killed at any moment. What has been sealed is in the store of
// the backend; the next run opens the image at the last checkpoint that belongs
// to the plan and goes on from there, and ends with the same bytes. The output
// appears under its name only when everything in it has been read back.
package executor

import (
	"errors"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/executor/scratch"
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

	// Stop, when closed, ends the work in order: the step at hand is finished and
	// sealed, and Apply returns ErrInterrupted. Cancelling the context ends it at
	// once; then the last checkpoint is what remains.
	Stop <-chan struct{}
	// Events is told what happens, by one goroutine at a time. It may be nil.
	Events func(Event)
	Log    hclog.Logger
	// LogDir is the folder for the logs of what the backend runs; made if it is not
	// there. Empty: the backend has one of its own.
	LogDir string
	// LogLevel is how much what the backend runs logs; see [image.OpenOptions].
	LogLevel hclog.Level
	// Scratch gives out folders for the temporary files of what the backend runs. Nil:
	// they are in the store.
	Scratch *scratch.Pool
	// Withhold returns a text without what must not be shown. Nil: all may be shown.
	Withhold func(string) string

	// Parallel is how many images may be made at once; 0: one.
	Parallel int

	// ChangesOnly leaves what is copied from a source as it is out of the reading
	// back of an output: see [image.ExportOptions].
	ChangesOnly bool
	// Confirm compares what the ways that can confirm their changes have made with what
	// their tool lists, too, before an output is written: see [providers.Way].
	Confirm bool

	// Continue leaves out what fails, and what depends on that, also where an image is of
	// no use without it: no output is written then, and the error joins all there are.
	Continue bool

	// History knows of earlier runs, and learns from this one by its events: it decides
	// on checkpoints. Nil: nothing is known.
	History *history.History
}

// Result tells what Apply has done.
type Result struct {
	Images  []ImageResult
	Elapsed time.Duration
}

// ImageResult tells what was done to one image.
type ImageResult struct {
	Name     string
	Path     string // of the output, or the target's folder
	Changed  bool   // false: it was up to date, and nothing was touched
	Reused   int    // steps taken over from checkpoints
	Applied  int    // steps carried out
	Verified int    // resources read back from the finished image: all there are
	Bytes    int64  // size of the output; 0 for a target
	Elapsed  time.Duration
	// Skipped are the resources it was made without: first what the plan has left out, then
	// in the order of their steps.
	Skipped []Skipped
	Err     error // why it is not finished
}
