package report

import (
	"time"

	"github.com/gildhq/gild/executor"
	"github.com/gildhq/gild/executor/history"
	"github.com/gildhq/gild/planner"
)

// learner records in the history how long things took.
type learner struct {
	history *history.History
	images  map[string]*lesson
}

// lesson is what is learned from one image.
type lesson struct {
	*planner.Image
	batch   int       // steps that were begun and not done
	size    int       // of the batch at work
	reading time.Time // since when the image is read back
}

func newLearner(opts Options) learner {
	l := learner{history: opts.History, images: map[string]*lesson{}}
	for _, img := range opts.Plan.Images {
		l.images[img.Name] = &lesson{Image: img}
	}
	return l
}

func (l *learner) event(e executor.Event) {
	img := l.images[e.Image]
	if img == nil {
		return
	}
	switch e.Type {
	case executor.StepStart:
		img.batch++
		img.size = img.batch
	case executor.StepDone:
		img.batch = 0
		if e.Step > 0 && e.Step <= len(img.Steps) {
			l.history.Step(img.Image, e.Step-1, e.Elapsed/time.Duration(max(img.size, 1)))
		}
	case executor.CheckpointDone:
		l.history.Checkpoint(img.Image, e.Elapsed)
	case executor.ExportDone:
		l.history.Export(img.Image, e.Elapsed)
	case executor.VerifyStart:
		img.reading = e.Time
	case executor.Verified:
		l.history.Verify(e.Time.Sub(img.reading))
	case executor.Error:
		img.batch = 0
	}
}
