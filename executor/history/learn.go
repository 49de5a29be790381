package history

import (
	"time"

	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
)

// Learn records how long something took that has happened to the image.
func (h *History) Learn(img *planner.Image, e record.Event) {
	switch e.Type {
	case record.StepDone:
		if e.Step > 0 && e.Step <= len(img.Steps) {
			h.Step(img, e.Step-1, e.Took()/time.Duration(max(e.Batch, 1)))
		}
	case record.CheckpointDone:
		h.Checkpoint(img, e.Took())
	case record.ExportDone:
		h.Export(img, e.Took())
	case record.Verified:
		h.Verify(e.Took())
	}
}
