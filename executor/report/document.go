package report

import (
	"slices"
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// FormatVersion is the version of [Document]: the second number grows when something
// is added, the first when something changes its meaning.
const FormatVersion = "1.2"

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

// Document is the report of a run, as docs/json.md describes it. It depends on
// nothing but the records.
type Document struct {
	FormatVersion string         `json:"format_version"`
	Run           string         `json:"run"`
	Outcome       string         `json:"outcome"`
	Began         time.Time      `json:"began"`
	Ended         time.Time      `json:"ended"` // of a run that was cut off: when something was heard of it last
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
	Name    string  `json:"name"` // wait, open, steps, checkpoint, verify, write, finish
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

// Build makes the report of a run from its records. The first one describes the run.
func Build(records []Record) *Document {
	info, first := records[0].Run, records[0]
	d := &Document{
		FormatVersion: FormatVersion, Run: info.ID, Outcome: CutOff, Began: first.Time,
		Environment: Environment{info.Gild, info.Platform, []string{}}, Plan: Plan{info.Plan, info.Complete},
		Images: []*Image{}, Warnings: []Message{}, Errors: []Message{},
	}
	builders := map[string]*builder{}
	for _, img := range info.Images {
		b := newBuilder(first.Time, img)
		builders[img.Name] = b
		d.Images = append(d.Images, b.Image)
		if !slices.Contains(d.Environment.Backends, img.Backend) {
			d.Environment.Backends = append(d.Environment.Backends, img.Backend)
		}
		for _, w := range img.Warnings {
			d.Warnings = append(d.Warnings, Message{Image: img.Name, Text: w})
		}
	}
	for _, rec := range records[1:] {
		d.add(rec)
		if b := builders[rec.Image]; b != nil {
			b.add(rec)
		}
	}
	last := records[len(records)-1]
	d.Ended, d.Elapsed = last.Time, last.Time.Sub(first.Time).Seconds()
	for _, img := range info.Images {
		builders[img.Name].end(last.Time, d.Outcome)
	}
	d.sum()
	return d
}

func (d *Document) add(rec Record) {
	switch rec.Type {
	case executor.Warning:
		d.Warnings = append(d.Warnings, message(rec))
	case executor.Error:
		d.Errors = append(d.Errors, message(rec))
	case runEnd:
		d.Outcome = rec.Detail
	}
}

func message(rec Record) Message {
	return Message{Image: rec.Image, Address: rec.Address, File: rec.File, Line: rec.Line, Text: rec.Detail, Remedy: rec.Remedy}
}

// sum adds up what was changed in the images that are complete.
func (d *Document) sum() {
	for _, img := range d.Images {
		if img.Outcome == Complete {
			made := img.made()
			d.Changes.Add += made.Add
			d.Changes.Change += made.Change
			d.Changes.Destroy += made.Destroy
		}
	}
}

// made counts the changes without those left out.
func (img *Image) made() planner.Counts {
	made := img.Changes
	for _, s := range img.Steps {
		if s.Result != LeftOut || s.Part {
			continue
		}
		switch providers.Action(s.Action) {
		case providers.Create:
			made.Add--
		case providers.Update:
			made.Change--
		case providers.Delete:
			made.Destroy--
		}
	}
	return made
}
