package record

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gildhq/gild/planner"
)

// FormatVersion is the version of [Run]: the second number grows when something
// is added, the first when something changes its meaning.
const FormatVersion = "1.3"

// Outcomes of a run, and of an image.
const (
	Complete    = "complete"
	Failed      = "failed"
	Interrupted = "interrupted" // on request; what was done is kept
	CutOff      = "cut off"     // the process was killed, or the power went
	UpToDate    = "up to date"  // of an image: nothing was to be done
	NotReached  = "not reached" // of an image
)

// Results of steps.
const (
	Done    = "done"
	Reused  = "reused" // taken over from a checkpoint
	Failing = "failed"
	Left    = "not done"
	LeftOut = "left out" // the image was made without it
)

// Run is what became of a run, as docs/json.md describes it. It depends on nothing but
// the events. While they come, it tells how the run would end if it were cut off; [Run.End]
// ends it.
type Run struct {
	FormatVersion string         `json:"format_version"`
	ID            string         `json:"run"`
	Outcome       string         `json:"outcome"`
	Began         time.Time      `json:"began"`
	Ended         time.Time      `json:"ended"` // time of the last event
	Elapsed       float64        `json:"elapsed_seconds"`
	Environment   Environment    `json:"environment"`
	Plan          Plan           `json:"plan"`
	Changes       planner.Counts `json:"changes"`
	Images        []*Image       `json:"images"`
	Warnings      []Message      `json:"warnings"`
	Errors        []Message      `json:"errors"`
}

// Environment is what a run ran on.
type Environment struct {
	Gild     string   `json:"gild"`
	Platform string   `json:"platform"`
	Backends []string `json:"backends"`
}

// Plan is what a run carried out.
type Plan struct {
	Digest   string `json:"digest"`
	Complete bool   `json:"complete"` // false: limited with -target
}

// Message is a warning or an error.
type Message struct {
	Image   string `json:"image,omitempty"`
	Address string `json:"address,omitempty"`
	File    string `json:"file,omitempty"` // place in the configuration
	Line    int    `json:"line,omitempty"`
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// Image is what was done to an image. Times are seconds since the run began.
type Image struct {
	Name         string           `json:"name"`
	Outcome      string           `json:"outcome"`
	Source       string           `json:"source"`
	SourceBytes  int64            `json:"source_bytes"` // of the file, which may hold more images; 0 for a target
	ContentBytes int64            `json:"content_bytes"`
	Product      string           `json:"product,omitempty"`
	Version      string           `json:"version,omitempty"`
	Arch         string           `json:"arch,omitempty"`
	Output       string           `json:"output,omitempty"`
	BytesBefore  int64            `json:"output_bytes_before"` // 0: there was none
	Bytes        int64            `json:"output_bytes"`        // 0: it was not written
	Target       string           `json:"target,omitempty"`
	Backend      string           `json:"backend"`
	Changes      planner.Counts   `json:"changes"`
	Holds        *planner.Holding `json:"holds"` // how it holds its resources; null if it is not complete
	Reused       int              `json:"steps_reused"`
	ReusedFrom   string           `json:"reused_from,omitempty"`
	Applied      int              `json:"steps_applied"`
	Checkpoints  int              `json:"checkpoints"` // that were made
	Skipped      []Message        `json:"skipped"`     // resources that were left out, and why
	Sealed       []Seal           `json:"sealed"`      // the same, one by one
	Waits        []Wait           `json:"waits"`
	Resources    int              `json:"resources"`
	Verified     int              `json:"resources_verified"` // read back from the finished image
	Began        float64          `json:"began_seconds"`
	Elapsed      float64          `json:"elapsed_seconds"` // waiting included
	Phases       []Span           `json:"phases"`
	Steps        []Step           `json:"steps"` // all of the plan, in their order

	Doing Work `json:"-"`
}

// Work is what is being done to an image.
type Work struct {
	Phase   string  // empty: nothing
	Since   float64 // seconds since the run began
	Step    int     // at work, from 1; 0: none
	Share   float64 // of it that is done, from 0 to 1, where it tells
	Written int64   // bytes of the output,
	Size    int64   // of so many; 0: not known yet

	batch []int // steps that are made at once, from 0
}

// Seal is a checkpoint that was made.
type Seal struct {
	Step    int     `json:"step"`         // the last one that it holds, from 1
	Ended   float64 `json:"made_seconds"` // when it was durable
	Elapsed float64 `json:"elapsed_seconds"`
}

// Wait is a time in which an image waited for something else than its own work.
type Wait struct {
	For     string  `json:"for"`
	Began   float64 `json:"began_seconds"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// Span is a time in which one thing was done.
type Span struct {
	Name    string  `json:"name"` // one of the phases
	Began   float64 `json:"began_seconds"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// Step is one change to an image.
type Step struct {
	Number  int     `json:"step"` // from 1
	Address string  `json:"address"`
	Part    bool    `json:"part,omitempty"` // it is a part of a resource
	Action  string  `json:"action"`
	Way     string  `json:"way"`
	Effect  string  `json:"effect"`
	Waits   bool    `json:"waits,omitempty"` // for the first boot, in whole or in part
	Phase   int     `json:"phase"`           // of servicing, as the order of the steps follows it
	Result  string  `json:"result"`
	Batch   int     `json:"batch,omitempty"` // steps that were made at once with it, itself counted; Elapsed is that of all
	Began   float64 `json:"began_seconds"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// Planned is a run of a plan before anything is done.
func Planned(p *planner.Plan) *Run {
	r := &Run{
		FormatVersion: FormatVersion, Outcome: CutOff, Environment: Environment{Gild: p.Gild, Backends: []string{}},
		Plan: Plan{p.Digest(), !p.Incomplete}, Images: []*Image{}, Warnings: []Message{}, Errors: []Message{},
	}
	for _, img := range p.Images {
		r.Images = append(r.Images, planned(img))
		if !slices.Contains(r.Environment.Backends, img.Backend) {
			r.Environment.Backends = append(r.Environment.Backends, img.Backend)
		}
		for _, w := range img.Info.Warnings {
			r.Warnings = append(r.Warnings, Message{Image: img.Name, Text: w})
		}
	}
	return r
}

// Build makes the report of a run from its events. It takes over the run in the first one,
// which describes it. What another version has written can't be folded: the error wraps
// [ErrVersion].
func Build(events []Event) (*Run, error) {
	if len(events) == 0 || events[0].Run == nil || events[0].Run.FormatVersion == "" || slices.Contains(events[0].Run.Images, nil) {
		return nil, errors.New("it does not begin with a run")
	}
	r := events[0].Run
	if r.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("%w: the run has the version %q, and this gild knows %s", ErrVersion, r.FormatVersion, FormatVersion)
	}
	for _, e := range events {
		r.Add(e)
	}
	r.End()
	return r, nil
}

// Image returns the image of that name; nil if the run has none.
func (r *Run) Image(name string) *Image {
	i := slices.IndexFunc(r.Images, func(img *Image) bool { return img.Name == name })
	if i < 0 {
		return nil
	}
	return r.Images[i]
}

// Add adds what has happened.
func (r *Run) Add(e Event) {
	if r.Began.IsZero() {
		r.Began = e.Time
	}
	r.Ended, r.Elapsed = e.Time, e.Time.Sub(r.Began).Seconds()
	switch e.Type {
	case Warning:
		r.Warnings = append(r.Warnings, message(e))
	case Error:
		r.Errors = append(r.Errors, message(e))
	case RunEnd:
		r.Outcome = e.Detail
	}
	if img := r.Image(e.Image); img != nil {
		img.add(e, r.Elapsed)
		if c := e.Changes; c != nil && img.Outcome == Complete {
			r.Changes.Add, r.Changes.Change, r.Changes.Destroy = r.Changes.Add+c.Add, r.Changes.Change+c.Change, r.Changes.Destroy+c.Destroy
		}
	}
}

func message(e Event) Message {
	return Message{Image: e.Image, Address: e.Address, File: e.File, Line: e.Line, Text: e.Detail, Remedy: e.Remedy}
}

// End closes what is open after the last event.
func (r *Run) End() {
	for _, img := range r.Images {
		img.end(r.Elapsed, r.Outcome)
	}
}
