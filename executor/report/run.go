// Package report keeps what a run did: each run has a folder of its own in the
// store, below runs, with
//
//	gild.log       all that is logged, down to trace: JSON lines of hclog
//	events.jsonl   what happened, one [record.Event] on each line
//	report.json    a [record.Run], made of the events
//	report.html    the same for people, one self-contained file
//	dism-NNN.log   the logs of the backend, if it runs programs that write some
//
// They contain no secrets. A record is never a reason to fail: if it can't be
// written, that is reported once. [New] begins one, [Recorder.Finish] ends it.
package report

import (
	"encoding/json"
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
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/ground/rotate"
	"github.com/gildhq/gild/ground/store"
	"github.com/gildhq/gild/planner"
)

// maxLog is the size in bytes at which a run's log is rotated; one rotated file is kept.
const maxLog = 64 << 20

// Options describe a run and its record.
type Options struct {
	Store    string
	Plan     *planner.Plan
	Platform string // operating system/architecture
	Began    time.Time
	Keep     int // how many folders of runs are kept; 0: 20
	Censor   *censor.Censor
	Log      hclog.InterceptLogger
	History  *history.History // learns durations from this run
}

// Recorder keeps the record of a run in progress. It creates the folder when the run begins,
// which is when the executor has locked the store.
type Recorder struct {
	Options
	dir string

	mu     sync.Mutex
	run    *record.Run
	log    *rotate.Writer
	events *rotate.Writer
	sink   hclog.SinkAdapter

	failing sync.Mutex // guards err, which the writers set, too
	err     error      // the first write error
}

// New prepares the record of a run. It writes nothing yet.
func New(opts Options) *Recorder {
	id := fmt.Sprintf("%s-%06x", opts.Began.UTC().Format(stamp), rand.Uint32N(1<<24)) // #nosec G404 -- a name, not a secret
	return &Recorder{Options: opts, dir: filepath.Join(opts.Store, runs, id)}
}

// Dir is the run's folder.
func (r *Recorder) Dir() string { return r.dir }

// Event records an event.
func (r *Recorder) Event(e record.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case e.Type == record.RunStart:
		r.begin(e)
	case r.events != nil && e.Type.Kept():
		r.add(e)
	}
}

func (r *Recorder) add(e record.Event) {
	line, err := json.Marshal(e)
	r.run.Add(e)
	if img := r.Plan.Image(e.Image); img != nil {
		r.History.Learn(img, e)
	}
	r.logEvent(e)
	if err != nil {
		r.fail(err)
		return
	}
	r.events.Write(append(line, '\n'))
}

// logEvent writes the event into the log.
func (r *Recorder) logEvent(e record.Event) {
	args := []any{}
	for _, field := range []struct{ name, value string }{
		{"image", e.Image}, {"address", e.Address}, {"way", e.Way}, {"detail", e.Detail},
	} {
		if field.value != "" {
			args = append(args, field.name, field.value)
		}
	}
	if e.Step > 0 {
		args = append(args, "step", e.Step)
	}
	if e.Elapsed > 0 {
		args = append(args, "elapsed", e.Took())
	}
	level := hclog.Debug
	if e.Type == record.Error || e.Type == record.Warning {
		level = hclog.Warn
	}
	r.Log.Named("run").Log(level, string(e.Type), args...)
}

// begin creates the folder and the files that are written during the run.
func (r *Recorder) begin(e record.Event) {
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
	r.run = record.Planned(r.Plan)
	r.run.ID, r.run.Environment.Platform = filepath.Base(r.dir), r.Platform
	r.run.Began, r.run.Ended = e.Time, e.Time
	for _, img := range r.run.Images {
		if img.Target == "" {
			img.SourceBytes, img.BytesBefore = fileSize(img.Source), fileSize(img.Output)
		}
	}
	e.Run = r.run
	r.add(e)
}

func (r *Recorder) fail(err error) {
	r.failing.Lock()
	defer r.failing.Unlock()
	if r.err == nil {
		r.err = fmt.Errorf("the record of this run is not complete: %w", err)
	}
}

// Finish ends the record with the outcome of the run and writes the reports. It returns the
// folder, which is empty if the run never began, and the first write error.
func (r *Recorder) Finish(ended time.Time, outcome error) (dir string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.events == nil {
		return "", r.err
	}
	e := record.Event{Time: ended.UTC().Round(0), Type: record.RunEnd, Detail: executor.Outcome(outcome), Elapsed: ended.Sub(r.Began).Seconds()}
	r.add(e)
	r.events.Close()
	r.run.End()
	if err := Write(r.dir, r.run); err != nil {
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

// fileSize returns the bytes of a file, or 0 if it does not exist. Of a set it counts the first
// file only.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return 0
	}
	return info.Size()
}
