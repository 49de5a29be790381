package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// Names of phases.
const (
	phaseWait       = "wait"
	phaseOpen       = "open"
	phaseSteps      = "steps"
	phaseCheckpoint = "checkpoint"
	phaseVerify     = "verify"
	phaseWrite      = "write"
	phaseFinish     = "finish"
)

// after says what is being done after an event; a type that is not in it changes
// nothing about that.
var after = map[executor.EventType]string{
	executor.ImageWait:       phaseWait,
	executor.ImageStart:      phaseOpen,
	executor.StepStart:       phaseSteps,
	executor.CheckpointStart: phaseCheckpoint,
	executor.CheckpointDone:  phaseSteps,
	executor.VerifyStart:     phaseVerify,
	executor.ExportStart:     phaseWrite,
	executor.ExportDone:      phaseFinish,
	executor.Verified:        phaseFinish,
	executor.ImageDone:       "",
	executor.Error:           "",
}

// builder follows the events of one image.
type builder struct {
	*Image
	start time.Time // of the run
	phase string
	since time.Time
	begun []int           // steps at work, by index
	holds planner.Holding // as planned
}

func newBuilder(start time.Time, info ImageInfo) *builder {
	img := &Image{
		Name: info.Name, Outcome: NotReached, Source: info.Source, SourceBytes: info.SourceBytes, ContentBytes: info.ContentBytes,
		Product: info.Product, Version: info.Version, Arch: info.Arch, Output: info.Output, BytesBefore: info.OutputBytes,
		Target: info.Target, Backend: info.Backend, Changes: info.Changes, Resources: info.Resources,
		Skipped: []Message{}, Sealed: []Seal{}, Waits: []Wait{}, Phases: []Span{}, Steps: []Step{},
	}
	if info.UpToDate {
		img.Outcome = UpToDate
	}
	for i, s := range info.Steps {
		img.Steps = append(img.Steps, Step{
			Number: i + 1, Address: s.Address, Part: s.Part, Action: s.Action, Way: s.Way, Effect: s.Effect, Waits: s.Waits, Phase: s.Phase, Result: Left,
		})
	}
	return &builder{Image: img, start: start, holds: info.Holds}
}

func (b *builder) offset(t time.Time) float64 { return t.Sub(b.start).Seconds() }

// add processes an event.
func (b *builder) add(rec Record) {
	if rec.Type == executor.ImageWait {
		b.wait(rec)
	}
	if phase, ok := after[rec.Type]; ok {
		b.enter(phase, rec.Time)
	}
	switch rec.Type {
	case executor.ImageStart:
		b.Outcome = CutOff
	case executor.Reuse:
		b.reuse(rec)
	case executor.StepStart:
		b.stepStart(rec)
	case executor.StepDone:
		b.stepDone(rec)
	case executor.StepSkipped:
		b.skip(rec)
	case executor.CheckpointDone:
		b.Checkpoints++
		b.Sealed = append(b.Sealed, Seal{rec.Step, b.offset(rec.Time), rec.Elapsed})
	case executor.ExportDone:
		b.Bytes = rec.Total
	case executor.Verified:
		b.Verified = int(rec.Done)
	case executor.ImageDone:
		b.Outcome = Complete
	case executor.Error:
		b.Outcome = Failed
		b.fail(rec)
	}
}

// enter ends a phase and begins another one; phases of no length are none.
func (b *builder) enter(phase string, at time.Time) {
	if phase == b.phase {
		return
	}
	if b.Began == 0 && len(b.Phases) == 0 && b.phase == "" {
		b.Began = b.offset(at)
	}
	b.Elapsed = b.offset(at) - b.Began
	if b.phase == phaseWait {
		b.waited(at)
	}
	if b.phase != "" && at.After(b.since) {
		b.Phases = append(b.Phases, Span{b.phase, b.offset(b.since), at.Sub(b.since).Seconds()})
	}
	b.phase, b.since = phase, at
}

// wait records what the image waits for; a repeated event is the same wait.
func (b *builder) wait(rec Record) {
	if b.phase == phaseWait {
		if b.Waits[len(b.Waits)-1].For == rec.Detail {
			return
		}
		b.waited(rec.Time)
	}
	b.Waits = append(b.Waits, Wait{For: rec.Detail, Began: b.offset(rec.Time)})
}

// waited ends a wait.
func (b *builder) waited(at time.Time) {
	last := &b.Waits[len(b.Waits)-1]
	last.Elapsed = b.offset(at) - last.Began
}

func (b *builder) reuse(rec Record) {
	if b.phase == phaseWait {
		b.enter(phaseOpen, rec.Time)
	}
	b.Reused, b.ReusedFrom = rec.Step, rec.Detail
	for i := range min(rec.Step, len(b.Steps)) {
		b.Steps[i].Result = Reused
	}
}

// step returns the step of a record, or nil if it tells of none.
func (b *builder) step(rec Record) *Step {
	if rec.Step < 1 || rec.Step > len(b.Steps) {
		return nil
	}
	return &b.Steps[rec.Step-1]
}

func (b *builder) stepStart(rec Record) {
	s := b.step(rec)
	if s == nil {
		return
	}
	if len(b.begun) > 0 && b.Steps[b.begun[0]].Result != Left {
		b.begun = nil // those of an earlier batch
	}
	s.Result, s.Began, s.Batch = Left, b.offset(rec.Time), 0
	b.begun = append(b.begun, rec.Step-1)
}

func (b *builder) stepDone(rec Record) {
	s := b.step(rec)
	if s == nil {
		return
	}
	s.Result, s.Elapsed = Done, rec.Elapsed
	if n := len(b.begun); n > 1 {
		s.Batch = n
	}
}

func (b *builder) skip(rec Record) {
	b.Skipped = append(b.Skipped, message(rec))
	s := b.step(rec)
	if s == nil {
		return
	}
	if slices.Contains(b.begun, rec.Step-1) {
		s.Elapsed = b.offset(rec.Time) - s.Began
	}
	s.Result = LeftOut
}

// fail finds out which steps an error belongs to.
func (b *builder) fail(rec Record) {
	for _, i := range b.begun {
		s := &b.Steps[i]
		if s.Result == Left && (rec.Address == "" || rec.Address == s.Address) {
			s.Result, s.Elapsed = Failing, b.offset(rec.Time)-s.Began
		}
	}
}

// end closes what is open at the end of the run.
func (b *builder) end(at time.Time, outcome string) {
	b.enter("", at)
	if b.Outcome == Failed && outcome == Interrupted || b.Outcome == CutOff {
		b.Outcome = cmp.Or(outcome, CutOff)
	}
	b.Applied = 0
	for _, s := range b.Steps {
		if s.Result == Done {
			b.Applied++
		}
	}
	if made(b.Outcome) {
		b.Holds = b.held()
	}
}

// held is how the finished image holds its resources: as planned, but without those
// that were left out.
func (b *builder) held() *planner.Holding {
	h, updates, left := b.holds, 0, 0
	lacking := map[string]bool{} // resources of which parts were left out
	for _, s := range b.Steps {
		if s.Part && s.Result == LeftOut {
			of := s.Address[:strings.LastIndex(s.Address, "/")]
			if lacking[of] {
				continue
			}
			lacking[of] = true
		}
		update := s.Waits && planner.Updates(providers.Phase(s.Phase))
		switch {
		case s.Result != LeftOut && update:
			updates++
		case s.Result == LeftOut && s.Waits:
			h.Queued--
		case s.Result == LeftOut:
			h.InImage--
		}
		if s.Result == LeftOut && update {
			left++
		}
	}
	if left > 0 && updates == 0 {
		h.Build = ""
	}
	return &h
}
