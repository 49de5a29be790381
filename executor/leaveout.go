package executor

import (
	"fmt"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/record"
	"github.com/gildhq/gild/planner"
)

// Skipped is a resource, or a part of one, that is left out.
type Skipped struct {
	Addr   dsl.Addr
	Place  planner.Place // where the resource is declared
	Marked bool          // it has on_error = "skip"
	Err    error         // why
}

// leaveOut continues without some steps; out lists them, and the first one has failed. The steps
// after them get new IDs, since their chain is another one now.
func (h *hand) leaveOut(out []int, cause error) error {
	message := "left out"
	if h.img.Target != "" {
		message = "left out; in a folder, gild can't undo what it changed before it failed"
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

// lacking returns the resources that the plan of an image leaves out.
func lacking(img *planner.Image) []Skipped {
	var all []Skipped
	for _, it := range img.Items {
		for _, l := range it.Lacks {
			all = append(all, Skipped{Addr: l.Addr, Place: it.Place, Marked: true, Err: fmt.Errorf("%s: %s", l.Addr, l.Why)})
		}
	}
	return all
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
