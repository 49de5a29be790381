package journal

import (
	"time"

	"github.com/gildhq/gild/executor/record"
)

// Past is what a journal tells of earlier runs.
type Past struct {
	// Seals are the checkpoints that were made, and the steps one would stand for, by the
	// IDs of the steps.
	Seals map[string]Seal

	runs       map[string]*run // the last one of each image
	publishing map[string]int  // files that were going to get the names of an output, by its path
}

// Seal is what is known of a checkpoint, or of the step it would stand for.
type Seal struct {
	Time    time.Time // when it was sealed; zero if that is not known
	Image   string    // that it was made for
	Step    int       // from 1; 0: nothing is known
	Steps   int
	Address string // of the step
}

// run is the work of a run on an image.
type run struct {
	output string
	last   time.Time // when something was heard of it
	ended  bool      // in order
	later  bool      // another run has begun since
}

// maxParts is how many files an output may have: an event that tells of more is not gild's.
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

// CutOff tells whether the last run that worked on the image, for that output, was cut off,
// and when something was heard of it last.
func (p *Past) CutOff(image, output string) (last time.Time, cut bool) {
	r := p.runs[image]
	if r == nil || r.ended || r.output != output {
		return last, false
	}
	return r.last, true
}

// Publishing returns how many files a run was about to give the names of an output
// when it was killed or failed; 0 if it came to its end.
func (p *Past) Publishing(output string) int { return p.publishing[output] }
