package executor

import (
	"fmt"

	"github.com/gildhq/gild/executor/record"
)

// leaveOut continues without some steps; out lists them, and the first one has failed. The steps
// after them get new IDs, since their chain is another one now.
func (h *hand) leaveOut(out []int, cause error) error {
	limit := ""
	if h.img.Target != "" {
		limit = "in a folder, gild can't undo what it changed before it failed"
	}
	for _, step := range out {
		it, err := h.item(step), cause
		if step != out[0] {
			err = stepError(it, "leave it out", fmt.Errorf("it depends on %s, which failed", h.item(out[0]).Addr))
		}
		h.leftOut++
		if err := h.tell(step, h.failure(record.Event{Type: record.StepSkipped, Detail: limit}, err)); err != nil {
			return err
		}
	}
	h.img = h.img.Without(out, h.kinds)
	return nil
}

// tellLacking reports what the plan has left out of the image.
func (r *run) tellLacking() {
	for _, it := range r.img.Items {
		for _, l := range it.Lacks {
			r.leftOut++
			r.emit(record.Event{
				Type: record.StepSkipped, Address: l.Addr.String(), Steps: len(r.img.Steps), Detail: fmt.Sprintf("%s: %s", l.Addr, l.Why),
			})
		}
	}
}

// runError is an error that no step caused.
type runError struct{ error }

func (e *runError) Unwrap() error { return e.error }

func notTheSteps(err error) error {
	if err == nil {
		return nil
	}
	return &runError{err}
}
