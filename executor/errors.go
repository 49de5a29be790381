package executor

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// StepError is an error of one resource.
type StepError struct {
	Addr  dsl.Addr
	Place planner.Place // where the resource is declared
	Doing string        // what gild was doing
	Err   error
}

func (e *StepError) Error() string {
	return fmt.Sprintf("%s (%s:%d): %s: %v", e.Addr, e.Place.File, e.Place.Line, e.Doing, e.Err)
}

func (e *StepError) Unwrap() error { return e.Err }

func stepError(it *planner.Item, doing string, err error) error {
	return &StepError{Addr: it.Addr, Place: it.Place, Doing: doing, Err: &withheld{err, it}}
}

// withheld is an error whose text must not quote a sensitive value of an item.
type withheld struct {
	err  error
	item *planner.Item
}

func (w *withheld) Error() string { return w.item.Withhold(w.err.Error()) }
func (w *withheld) Unwrap() error { return w.err }

// mismatch returns the error for a resource that differs from its wanted state.
func mismatch(it *planner.Item, action providers.Action, ds []planner.Difference) error {
	switch action {
	case providers.Delete:
		return fmt.Errorf("%w: it is still there", ErrVerify)
	case providers.Create:
		return fmt.Errorf("%w: it is not in the image", ErrVerify)
	}
	parts := make([]string, len(ds))
	for i, d := range ds {
		parts[i] = fmt.Sprintf("attribute %q: wanted %s, found %s", d.Attr, it.Text(d.Attr, d.Want), it.Text(d.Attr, d.Have))
	}
	return fmt.Errorf("%w: %s", ErrVerify, strings.Join(parts, "; "))
}
