package providers

import (
	"maps"
	"slices"
)

// BatchError is the error of a batch in which only some changes failed. Of the first Tried changes,
// those in Failed failed and left the image as it was; all others are applied. The changes after
// these were not tried. An image that can't be trusted any more is another error
// ([image.ErrSpoiled]).
type BatchError struct {
	Tried  int
	Failed map[int]error // by their index among the changes; at least one
}

func (e *BatchError) Error() string { return e.first().Error() }

func (e *BatchError) first() error { return e.Failed[slices.Min(slices.Collect(maps.Keys(e.Failed)))] }

// Unwrap returns the errors in the order of the changes.
func (e *BatchError) Unwrap() []error {
	var all []error
	for _, i := range slices.Sorted(maps.Keys(e.Failed)) {
		all = append(all, e.Failed[i])
	}
	return all
}

// Behind returns the error for a batch in which n changes, all applied, precede those of e.
func (e *BatchError) Behind(n int) *BatchError {
	failed := map[int]error{}
	for i, err := range e.Failed {
		failed[n+i] = err
	}
	return &BatchError{Tried: n + e.Tried, Failed: failed}
}
