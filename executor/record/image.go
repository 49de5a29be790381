package record

import (
	"cmp"
	"slices"

	"github.com/gildhq/gild/planner"
)

// Phases of the work on an image.
const (
	PhaseWait       = "wait"
	PhaseOpen       = "open"
	PhaseSteps      = "steps"
	PhaseCheckpoint = "checkpoint"
	PhaseVerify     = "verify"
	PhaseWrite      = "write"
	PhaseFinish     = "finish"
)

// after gives the phase that follows an event. A type that is missing here does not change the
// phase.
var after = map[Type]string{
	ImageWait:       PhaseWait,
	ImageStart:      PhaseOpen,
	StepStart:       PhaseSteps,
	CheckpointStart: PhaseCheckpoint,
	CheckpointDone:  PhaseSteps,
	VerifyStart:     PhaseVerify,
	ExportStart:     PhaseWrite,
	ExportDone:      PhaseFinish,
	Verified:        PhaseFinish,
	ImageDone:       "",
	Error:           "",
}

// planned returns an image before anything is done to it.
func planned(of *planner.Image) *Image {
	img := &Image{
		Name: of.Name, Outcome: NotReached, Source: of.Source.Path, ContentBytes: of.Info.Bytes, Product: of.Info.Product,
		Version: of.Info.Version, Arch: of.Info.Arch, Output: of.Output, Target: of.Target, Backend: of.Backend,
		Changes: of.Counts(), Resources: len(of.Items),
		Skipped: []Message{}, Sealed: []Seal{}, Waits: []Wait{}, Phases: []Span{}, Steps: []Step{},
	}
	if of.UpToDate {
		holds := of.Holding()
		img.Outcome, img.Holds = UpToDate, &holds
		for _, it := range of.Items {
			for _, l := range it.Lacks {
				img.Skipped = append(img.Skipped, Message{Image: of.Name, Address: l.Addr.String(), Text: l.Addr.String() + ": " + l.Why})
			}
		}
	}
	for i, s := range of.Steps {
		img.Steps = append(img.Steps, Step{
			Number: i + 1, Address: of.StepAddr(i).String(), Part: s.Part != "", Action: string(s.Action), Way: s.Way, Effect: s.Text,
			Waits: s.Waits, Phase: int(of.Items[s.Item].Phase), Result: Left,
		})
	}
	return img
}

// add adds an event of the image, at that many seconds after the run began.
func (img *Image) add(e Event, at float64) {
	if e.Type == ImageWait {
		img.wait(e.Detail, at)
	}
	if phase, ok := after[e.Type]; ok {
		img.enter(phase, at)
	}
	var step *Step
	if e.Step > 0 && e.Step <= len(img.Steps) {
		step = &img.Steps[e.Step-1]
	}
	switch e.Type {
	case ImageStart:
		img.Outcome = CutOff
	case Reuse:
		img.ReusedFrom = e.Detail
		img.opened(e.Step)
	case StepsKept:
		img.opened(e.Step)
	case StepStart, StepDone, StepSkipped:
		img.step(e, step, at)
	case StepProgress, ExportProgress:
		img.progress(e)
	case CheckpointDone:
		img.Checkpoints++
		img.Sealed = append(img.Sealed, Seal{e.Step, at, e.Elapsed})
	case ExportDone:
		img.Bytes = e.Total
	case Verified:
		img.Verified = int(e.Done)
	case ImageDone:
		img.done(e)
	case Error:
		img.Outcome = Failed
		if e.Interrupted {
			img.Outcome = Interrupted
		}
		img.fail(e.Address, at)
	}
}

// opened records that the image is open with that many steps.
func (img *Image) opened(steps int) {
	for i := range img.Steps {
		switch s := &img.Steps[i]; {
		case s.Result == LeftOut:
		case i >= steps:
			s.Result = Left
		case s.Result != Done:
			s.Result = Reused
		}
	}
}

// done ends the work on the image. If it was not begun, another run has made it in the meantime.
func (img *Image) done(e Event) {
	img.Holds = e.Holds
	if img.Outcome == NotReached {
		img.Outcome, img.Verified = UpToDate, img.Resources
		return
	}
	img.Outcome = Complete
	if e.Changes != nil {
		img.Doing.changes = *e.Changes
	}
}

// enter ends a phase and begins another. Phases without duration are dropped.
func (img *Image) enter(phase string, at float64) {
	d := &img.Doing
	d.Step, d.Share = 0, 0
	if phase == d.Phase {
		return
	}
	if img.Began == 0 && len(img.Phases) == 0 && d.Phase == "" {
		img.Began = at
	}
	img.Elapsed = at - img.Began
	if d.Phase == PhaseWait {
		img.waited(at)
	}
	if d.Phase != "" && at > d.Since {
		img.Phases = append(img.Phases, Span{d.Phase, d.Since, at - d.Since})
	}
	d.Phase, d.Since = phase, at
}

// wait records what the image waits for. A repeated event continues the same wait.
func (img *Image) wait(what string, at float64) {
	if img.Doing.Phase == PhaseWait {
		if img.Waits[len(img.Waits)-1].For == what {
			return
		}
		img.waited(at)
	}
	img.Waits = append(img.Waits, Wait{For: what, Began: at})
}

// waited ends a wait.
func (img *Image) waited(at float64) {
	last := &img.Waits[len(img.Waits)-1]
	last.Elapsed = at - last.Began
}

// step records the outcome of a step; with nil the event is about no step.
func (img *Image) step(e Event, s *Step, at float64) {
	if e.Type == StepSkipped {
		img.Skipped = append(img.Skipped, message(e))
	}
	if s == nil {
		return
	}
	d := &img.Doing
	d.Step, d.Share = 0, 0
	switch e.Type {
	case StepStart:
		if n := len(d.batch); n > 0 && (n >= e.Batch || e.Step != d.batch[n-1]+2) {
			d.batch = nil // steps of an earlier batch
		}
		d.Step, d.batch = e.Step, append(d.batch, e.Step-1)
		s.Result, s.Began, s.Elapsed, s.Batch = Left, at, 0, 0
	case StepDone:
		s.Result, s.Elapsed, s.Batch = Done, e.Elapsed, e.Batch
	case StepSkipped:
		if slices.Contains(d.batch, e.Step-1) {
			s.Elapsed = at - s.Began
		}
		s.Result = LeftOut
	}
}

// progress records how much of the current step or of the output is done.
func (img *Image) progress(e Event) {
	d := &img.Doing
	switch {
	case e.Total <= 0:
	case e.Type == ExportProgress:
		d.Written, d.Size = e.Done, e.Total
	case d.Step > 0:
		d.Share = float64(e.Done) / float64(e.Total)
	}
}

// fail finds out which steps an error belongs to: the current one with that address, or all
// current ones if it has no address.
func (img *Image) fail(address string, at float64) {
	for _, i := range img.Doing.batch {
		if s := &img.Steps[i]; s.Result == Left && (address == "" || address == s.Address) {
			s.Result, s.Elapsed = Failing, at-s.Began
		}
	}
}

// Ready counts the steps that are made, reused or left out.
func (img *Image) Ready() (n int) {
	for _, s := range img.Steps {
		if s.Result != Left && s.Result != Failing {
			n++
		}
	}
	return n
}

// end closes everything that is open at the end of the run.
func (img *Image) end(at float64, outcome string) {
	img.enter("", at)
	img.Doing = Work{}
	if img.Outcome == CutOff {
		img.Outcome = cmp.Or(outcome, CutOff)
	}
	for _, s := range img.Steps {
		switch s.Result {
		case Done:
			img.Applied++
		case Reused:
			img.Reused++
		}
	}
}

// Waited is for how long the image waited.
func (img *Image) Waited() (seconds float64) {
	for _, w := range img.Waits {
		seconds += w.Elapsed
	}
	return seconds
}

// Made reports whether an image with that outcome is as wanted.
func Made(outcome string) bool { return outcome == Complete || outcome == UpToDate }
