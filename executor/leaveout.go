package executor

import (
	"fmt"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
)

// Skipped is a resource, or a part of one, that was left out.
type Skipped struct {
	Addr   dsl.Addr
	Place  planner.Place // where it is declared
	Marked bool          // it has on_error = "skip"
	Err    error         // why
}

// leaveOut goes on without steps of which the first one failed. The steps after them get the
// IDs of another chain.
func (h *hand) leaveOut(out []int, cause error) error {
	message := "left out"
	if h.img.Target != "" {
		message = "left out; what it had changed before it failed can't be taken back in a folder"
	}
	for _, step := range out {
		it, err := h.item(step), cause
		if step != out[0] {
			err = stepError(it, "leave it out", fmt.Errorf("it depends on %s, which failed", h.item(out[0]).Addr))
		}
		h.result.Skipped = append(h.result.Skipped, Skipped{Addr: it.Addr, Place: it.Place, Marked: it.Skip, Err: err})
		if err := h.tell(step, h.failure(record.Event{Type: record.StepSkipped, Detail: message}, err)); err != nil {
			return err
		}
	}
	h.img = h.img.Without(out, h.kinds)
	return nil
}

// lacking returns what the plan of an image has left out.
func lacking(img *planner.Image) []Skipped {
	var all []Skipped
	for _, it := range img.Items {
		for _, l := range it.Lacks {
			all = append(all, Skipped{Addr: l.Addr, Place: it.Place, Marked: true, Err: fmt.Errorf("%s: %s", l.Addr, l.Why)})
		}
	}
	return all
}

// runError is an error that is no step's fault.
type runError struct{ error }

func (e *runError) Unwrap() error { return e.error }

func notTheSteps(err error) error {
	if err == nil {
		return nil
	}
	return &runError{err}
}
