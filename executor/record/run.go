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
	Interrupted = "interrupted" // on request; finished steps are kept
	CutOff      = "cut off"     // the process was killed, or the power failed
	UpToDate    = "up to date"  // of an image: there was nothing to do
	NotReached  = "not reached" // of an image
)

// Results of steps.
const (
	Done    = "done"
	Reused  = "reused" // taken from a checkpoint
	Failing = "failed"
	Left    = "not done"
	LeftOut = "left out" // the image was made without it
)

// Run is the state of a run, as docs/json.md describes it. It depends only on the events. During
// the run, it is what would be reported if the run were killed now; [Run.End] ends it.
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

// Environment is where a run ran.
type Environment struct {
	Gild     string   `json:"gild"`
	Platform string   `json:"platform"`
	Backends []string `json:"backends"`
}

// Plan is the plan that a run carried out.
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

// Image is the work on one image. Times are seconds since the run began.
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

// Work is what gild is doing to an image.
type Work struct {
	Phase   string  // empty: nothing
	Since   float64 // seconds since the run began
	Step    int     // current step, from 1; 0: none
	Share   float64 // how much of it is done, from 0 to 1, if the step reports that
	Written int64   // bytes of the output written so far,
	Size    int64   // of this many; 0: unknown

	batch   []int          // steps of the current batch, from 0
	changes planner.Counts // when it is done
}

// Seal is a checkpoint.
type Seal struct {
	Step    int     `json:"step"`         // its last step, from 1
	Ended   float64 `json:"made_seconds"` // when it was durable
	Elapsed float64 `json:"elapsed_seconds"`
}

// Wait is a time in which an image waited for something.
type Wait struct {
	For     string  `json:"for"`
	Began   float64 `json:"began_seconds"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// Span is a time in which the image was in one phase.
type Span struct {
	Name    string  `json:"name"` // one of the phases
	Began   float64 `json:"began_seconds"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// Step is one change to an image.
type Step struct {
	Number  int     `json:"step"` // from 1
	Address string  `json:"address"`
	Part    bool    `json:"part,omitempty"` // a part of a resource
	Action  string  `json:"action"`
	Way     string  `json:"way"`
	Effect  string  `json:"effect"`
	Waits   bool    `json:"waits,omitempty"` // for the first boot, completely or partly
	Phase   int     `json:"phase"`           // Microsoft's order of servicing, which the steps follow
	Result  string  `json:"result"`
	Batch   int     `json:"batch,omitempty"` // how many steps were carried out together, including this one; Elapsed is the time of all
	Began   float64 `json:"began_seconds"`
	Elapsed float64 `json:"elapsed_seconds"`
}

// Planned returns the run of a plan before anything is done.
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

// Build makes the report of a run from its events. The first event contains the planned run. If
// another version of gild has written them, the error wraps [ErrVersion].
func Build(events []Event) (*Run, error) {
	if len(events) == 0 || events[0].Run == nil || events[0].Run.FormatVersion == "" || slices.Contains(events[0].Run.Images, nil) {
		return nil, errors.New("it does not begin with the event run_start")
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

// Image returns the image with that name; nil if there is none.
func (r *Run) Image(name string) *Image {
	i := slices.IndexFunc(r.Images, func(img *Image) bool { return img.Name == name })
	if i < 0 {
		return nil
	}
	return r.Images[i]
}

// Add adds an event.
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
	}
}

func message(e Event) Message {
	return Message{Image: e.Image, Address: e.Address, File: e.File, Line: e.Line, Text: e.Detail, Remedy: e.Remedy}
}

// End closes everything that is open after the last event, and adds up the changes of the
// complete images.
func (r *Run) End() {
	for _, img := range r.Images {
		if c := img.Doing.changes; img.Outcome == Complete {
			r.Changes.Add, r.Changes.Change, r.Changes.Destroy = r.Changes.Add+c.Add, r.Changes.Change+c.Change, r.Changes.Destroy+c.Destroy
		}
		img.end(r.Elapsed, r.Outcome)
	}
}
