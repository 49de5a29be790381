package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/censor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/ground/rotate"
	"github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/planner"
)

// maxLog is the size in bytes at which a run's log is rotated; one rotated file is
// kept.
const maxLog = 64 << 20

// Options say what a run is.
type Options struct {
	Store    string
	Plan     *planner.Plan
	Platform string // operating system/architecture
	Began    time.Time
	Keep     int // folders of runs that are kept; 0: 20
	Censor   *censor.Censor
	Log      hclog.InterceptLogger
	History  *history.History   // learns how long things take
	Remedy   func(error) string // what to do about an error; empty if nothing is known
}

// Run is the record of a run in progress. Its folder is made when the run begins,
// which is when the executor has locked the store.
type Run struct {
	Options
	dir string

	mu      sync.Mutex
	records []Record
	log     *rotate.Writer
	events  *rotate.Writer
	sink    hclog.SinkAdapter
	learn   learner

	failing sync.Mutex // of err, which the writers know, too
	err     error      // the first thing that could not be written
}

// New prepares the record of a run.
func New(opts Options) *Run {
	id := fmt.Sprintf("%s-%06x", opts.Began.UTC().Format(stamp), rand.Uint32N(1<<24)) // #nosec G404 -- a name, not a secret
	return &Run{Options: opts, dir: filepath.Join(opts.Store, runs, id), learn: newLearner(opts)}
}

// Dir is the run's folder.
func (r *Run) Dir() string { return r.dir }

// Event records an event.
func (r *Run) Event(e executor.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Type == executor.RunStart {
		r.begin(e)
		return
	}
	if r.events == nil || e.Type == executor.ExportProgress || e.Type == executor.StepProgress {
		return
	}
	r.learn.event(e)
	r.add(newRecord(e, r.Censor, r.Remedy))
}

func (r *Run) add(rec Record) {
	r.logRecord(rec)
	r.records = append(r.records, rec)
	line, err := json.Marshal(rec)
	if err != nil {
		r.fail(err)
		return
	}
	r.events.Write(append(line, '\n'))
}

// logRecord writes the event into the log.
func (r *Run) logRecord(rec Record) {
	args := []any{}
	for _, field := range []struct{ name, value string }{
		{"image", rec.Image}, {"address", rec.Address}, {"way", rec.Way}, {"detail", rec.Detail},
	} {
		if field.value != "" {
			args = append(args, field.name, field.value)
		}
	}
	if rec.Step > 0 {
		args = append(args, "step", rec.Step)
	}
	if rec.Elapsed > 0 {
		args = append(args, "elapsed", time.Duration(rec.Elapsed*float64(time.Second)))
	}
	level := hclog.Debug
	if rec.Type == executor.Error || rec.Type == executor.Warning {
		level = hclog.Warn
	}
	r.Log.Named("run").Log(level, string(rec.Type), args...)
}

// begin makes the folder and what is written while the run goes on.
func (r *Run) begin(e executor.Event) {
	if r.events != nil {
		return
	}
	folder, err := store.Make(r.Store, runs, filepath.Base(r.dir))
	if err == nil {
		err = folder.Close()
	}
	if err == nil {
		r.log, err = rotate.Open(filepath.Join(r.dir, logFile), rotate.Options{MaxSize: maxLog, Keep: 1, Failed: r.fail})
	}
	if err == nil {
		r.events, err = rotate.Open(filepath.Join(r.dir, eventsFile), rotate.Options{Failed: r.fail})
	}
	if err != nil {
		r.fail(err)
		return
	}
	r.sink = r.Censor.Sink(hclog.NewSinkAdapter(&hclog.LoggerOptions{Level: hclog.Trace, Output: r.log, JSONFormat: true}))
	r.Log.RegisterSink(r.sink)
	rec := newRecord(e, r.Censor, r.Remedy)
	rec.Run = newInfo(filepath.Base(r.dir), r.Platform, r.Plan, fileSize)
	r.add(rec)
}

func (r *Run) fail(err error) {
	r.failing.Lock()
	defer r.failing.Unlock()
	if r.err == nil {
		r.err = fmt.Errorf("the record of this run is not complete: %w", err)
	}
}

// Finish ends the record with the outcome of the run and writes the reports. It
// returns the folder, which is empty if the run never began, and the first thing
// that could not be written.
func (r *Run) Finish(ended time.Time, outcome error) (dir string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.events == nil {
		return "", r.err
	}
	rec := Record{Time: ended.UTC(), Type: runEnd, Detail: Complete, Elapsed: ended.Sub(r.Began).Seconds()}
	switch {
	case errors.Is(outcome, executor.ErrInterrupted):
		rec.Detail = Interrupted
	case outcome != nil:
		rec.Detail = Failed
	}
	r.add(rec)
	r.events.Close()
	if err := Write(r.dir, Build(r.records)); err != nil {
		r.fail(err)
	}
	if err := r.History.Save(r.Store); err != nil {
		r.fail(err)
	}
	if err := prune(r.Store, r.Keep, filepath.Base(r.dir)); err != nil {
		r.fail(err)
	}
	r.Log.DeregisterSink(r.sink)
	r.log.Close()
	return r.dir, r.err
}

// fileSize returns the bytes of a file, of a set only those of its first one; 0 if it is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return 0
	}
	return info.Size()
}
