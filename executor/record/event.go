// Package record has the one form for what happens in a run. An [Event] has one JSON form, which
// the lines of apply -json, the journal and the events of a run share. A [Run] is the fold of the
// events: the state of the run and its images. Screens, estimates, the measurements for later
// runs and the report all read it; its JSON form is the report.
//
// The package writes no files. Package journal keeps the events of all runs of a store, durably;
// package report keeps those of one run, with its logs. Begin with [Event] and [Run.Add].
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gildhq/gild/planner"
)

// Type is the type of an [Event]; the comments name the fields it sets in addition to
// Time and Image.
type Type string

const (
	RunStart        Type = "run_start"        // the run has locked the store; Run where a run is kept by itself. Without Image
	ImageWait       Type = "image_wait"       // Step of Steps that another image makes; Detail: what the image waits for
	ImageStart      Type = "image_start"      // Steps, Plan, Fingerprint, Output; Detail: the output
	Reuse           Type = "reuse"            // Step steps of Steps come from a checkpoint; Detail says which
	StepsKept       Type = "steps_kept"       // after a failure the image holds Step of Steps; what was made after them is lost
	StepStart       Type = "step_start"       // Address, Action, Way, Effect, Step of Steps, ID; Batch
	StepDone        Type = "step_done"        // the same, applied and read back; Elapsed
	StepSkipped     Type = "step_skipped"     // the same, left out; Detail: why. Without Step: by the plan
	StepProgress    Type = "step_progress"    // Done of Total in thousandths, as far as who does the step tells
	CheckpointStart Type = "checkpoint_start" // Step of Steps are going to be sealed; ID
	CheckpointDone  Type = "checkpoint"       // the same, sealed; Elapsed
	ExportStart     Type = "export_start"     // Detail: the output
	ExportProgress  Type = "export_progress"  // Done of Total bytes; Elapsed
	ExportDone      Type = "export_done"      // Done and Total bytes, Elapsed; Detail: the output
	VerifyStart     Type = "verify_start"     // Total resources; Detail: what they are read back from
	Verified        Type = "verified"         // Done of Total resources, read back from the finished image; Elapsed; Detail: what was left out
	PublishStart    Type = "publish_start"    // Output is going to get its name; Parts
	ImageDone       Type = "image_done"       // Steps, Elapsed, Output, Changes, Holds; Detail: the output
	Warning         Type = "warning"          // Detail; Address where it belongs to one resource
	Error           Type = "error"            // the same: the image is not made; Interrupted
	RunEnd          Type = "run_end"          // Detail: the outcome; Elapsed
)

// lasting is how long an event is kept.
type lasting int

const (
	shown   lasting = iota + 1 // only while it is shown
	kept                       // also if the process dies
	durable                    // also after a power cut: it is flushed before anything else happens
)

// lastings has all types. Events that announce something are durable before that is done; so are
// ends.
var lastings = map[Type]lasting{
	RunStart: kept, ImageWait: kept, ImageStart: durable, Reuse: kept, StepsKept: kept, StepStart: kept, StepDone: kept, StepSkipped: kept, StepProgress: shown,
	CheckpointStart: durable, CheckpointDone: kept, ExportStart: durable, ExportProgress: shown, ExportDone: kept, VerifyStart: kept,
	Verified: kept, PublishStart: durable, ImageDone: durable, Warning: kept, Error: durable, RunEnd: kept,
}

// Kept reports whether events of that type are written to the journal and the run's events.
func (t Type) Kept() bool { return lastings[t] >= kept }

// Durable reports whether an event of that type has to be on the disk before the run continues.
func (t Type) Durable() bool { return lastings[t] == durable }

// Event is something that happened in a run. It contains no secrets.
type Event struct {
	Time        time.Time        `json:"time,omitzero"`
	Type        Type             `json:"type"`
	Run         *Run             `json:"run,omitempty"` // as planned
	Image       string           `json:"image"`
	Address     string           `json:"address,omitempty"` // of the resource or the part of one
	Action      string           `json:"action,omitempty"`
	Way         string           `json:"way,omitempty"`
	Effect      string           `json:"effect,omitempty"`
	Step        int              `json:"step,omitempty"` // from 1
	Steps       int              `json:"steps,omitempty"`
	Batch       int              `json:"batch,omitempty"`           // how many steps are carried out together, including this one; 0: only this one
	ID          string           `json:"id,omitempty"`              // of the step; for a checkpoint, of its last step
	Elapsed     float64          `json:"elapsed_seconds,omitempty"` // of the whole batch
	Done        int64            `json:"done,omitempty"`
	Total       int64            `json:"total,omitempty"`
	Plan        string           `json:"plan,omitempty"`        // digest
	Fingerprint string           `json:"fingerprint,omitempty"` // of the source
	Output      string           `json:"output,omitempty"`      // or the target's folder
	Parts       int              `json:"parts,omitempty"`       // files of the old or the new output, whichever has more
	Interrupted bool             `json:"interrupted,omitempty"` // on request
	Detail      string           `json:"detail,omitempty"`
	Changes     *planner.Counts  `json:"changes,omitempty"` // that were made to the resources
	Holds       *planner.Holding `json:"holds,omitempty"`   // how the image holds its resources
	Remedy      string           `json:"remedy,omitempty"`  // what to do about it
	File        string           `json:"file,omitempty"`    // place in the configuration
	Line        int              `json:"line,omitempty"`
}

// Took returns the duration that the event reports.
func (e Event) Took() time.Duration { return seconds(e.Elapsed) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Local returns an address without its image.
func Local(address, image string) string { return strings.TrimPrefix(address, image+"/") }

// ErrVersion is wrapped by the error for an event that this version of gild does not know.
var ErrVersion = errors.New("another version of gild wrote it")

// Parse reads one line with an event. If the line is cut short, as after a crash, the error is
// [io.ErrUnexpectedEOF].
func Parse(line []byte) (e Event, err error) {
	if !bytes.HasSuffix(line, []byte("\n")) {
		return e, io.ErrUnexpectedEOF
	}
	err = json.Unmarshal(line, &e)
	switch _, shape := errors.AsType[*json.UnmarshalTypeError](err); {
	case shape:
		err = fmt.Errorf("%w: %w", ErrVersion, err)
	case err == nil && lastings[e.Type] == 0:
		err = fmt.Errorf("%w: there are no events %q", ErrVersion, e.Type)
	}
	return e, err
}

// Decode reads events, one per line. It ignores lines that can't be read; the error names the
// first of them, in the file with that name. A last line that a crash cut short is expected, and
// is no error.
func Decode(name string, data []byte) (events []Event, err error) {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		switch e, bad := Parse(line); {
		case bad == nil:
			events = append(events, e)
		case err == nil && !errors.Is(bad, io.ErrUnexpectedEOF):
			err = fmt.Errorf("%s:%d: %w", name, n, bad)
		}
	}
	return events, err
}
