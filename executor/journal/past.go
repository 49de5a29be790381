package journal

import (
	"time"

	"github.com/gildhq/gild/executor/record"
)

// Past is what a journal says about earlier runs.
type Past struct {
	// Seals are the checkpoints that were made, and the steps that could have one, by step ID.
	Seals map[string]Seal

	runs       map[string]*run // the last run of each image
	publishing map[string]int  // how many files were about to be renamed to the names of an output, by the output's path
}

// Seal is what is known of a checkpoint, or of a step that could have one.
type Seal struct {
	Time    time.Time // when it was sealed; zero if unknown
	Image   string    // the image it was made for
	Step    int       // from 1; 0: unknown
	Steps   int
	Address string // of the step
}

// run is the work of a run on an image.
type run struct {
	output string
	last   time.Time // time of its last event
	ended  bool      // by itself, not killed
	later  bool      // another run has begun since
}

// maxParts is how many files an output may have: an event with more is not gild's.
const maxParts = 1000

func (p *Past) add(e record.Event) {
	r := p.runs[e.Image]
	switch e.Type {
	case record.RunStart:
		for _, r := range p.runs {
			r.later = true
		}
	case record.ImageStart:
		r = &run{output: e.Output}
		p.runs[e.Image] = r
	case record.StepDone:
		s := p.Seals[e.ID]
		s.Image, s.Step, s.Steps, s.Address = e.Image, e.Step, e.Steps, e.Address
		p.Seals[e.ID] = s
	case record.CheckpointDone:
		s := p.Seals[e.ID]
		s.Time, s.Image, s.Step, s.Steps = e.Time, e.Image, e.Step, e.Steps
		p.Seals[e.ID] = s
	case record.PublishStart:
		if e.Parts <= maxParts {
			p.publishing[e.Output] = max(p.publishing[e.Output], e.Parts)
		}
	case record.ImageDone:
		delete(p.publishing, e.Output)
	}
	if r != nil && !r.later {
		r.last, r.ended = e.Time, e.Type == record.ImageDone || e.Type == record.Error
	}
}

// CutOff reports whether the last run that made the image for that output was interrupted, and
// when its last event was.
func (p *Past) CutOff(image, output string) (last time.Time, cut bool) {
	r := p.runs[image]
	if r == nil || r.ended || r.output != output {
		return last, false
	}
	return r.last, true
}

// Publishing returns how many files a run was about to rename to the names of an output when it
// was killed or failed; 0 if it finished.
func (p *Past) Publishing(output string) int { return p.publishing[output] }
