package executor

import (
	"time"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// EventType is the type of an [Event]; the comments name the fields it sets.
type EventType string

const (
	RunStart        EventType = "run_start"        // the run has locked the store
	ImageWait       EventType = "image_wait"       // Message: what the image waits for
	ImageStart      EventType = "image_start"      // Steps, Message: the output
	Reuse           EventType = "reuse"            // Step steps of Steps come from a checkpoint; Message says which
	StepStart       EventType = "step_start"       // Addr, Action, Way, Effect, Step of Steps
	StepDone        EventType = "step_done"        // the same, applied and read back; Elapsed
	StepSkipped     EventType = "step_skipped"     // the same, left out: Err; Message. Without Step: by the plan
	StepProgress    EventType = "step_progress"    // Done of Total in thousandths, as far as who does the step tells
	CheckpointStart EventType = "checkpoint_start" // Step of Steps are going to be sealed
	CheckpointDone  EventType = "checkpoint"       // Step of Steps are sealed; Elapsed
	ExportStart     EventType = "export_start"     // Message: the output
	ExportProgress  EventType = "export_progress"  // Done of Total bytes
	ExportDone      EventType = "export_done"      // Total bytes, Elapsed
	VerifyStart     EventType = "verify_start"     // Total resources; Message: what they are read back from
	Verified        EventType = "verified"         // Done of Total resources, read back from the finished image; Message: what was left out
	ImageDone       EventType = "image_done"       // Elapsed; Message: the output
	Warning         EventType = "warning"          // Message
	Error           EventType = "error"            // Err, and Addr where it belongs to one resource
)

// Event is something that happened while a plan is carried out.
type Event struct {
	Time    time.Time
	Type    EventType
	Image   string
	Addr    dsl.Addr // zero where the event belongs to the whole image
	Action  providers.Action
	Way     string
	Effect  string
	Step    int // from 1
	Steps   int
	Elapsed time.Duration
	Done    int64
	Total   int64
	Message string
	Err     error
}
