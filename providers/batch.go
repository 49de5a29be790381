package providers

import (
	"maps"
	"slices"
)

// BatchError is the error of a way that has made some of the changes that it got at once,
// and tells them from those that it has not: of the first Tried changes, those in Failed
// failed and have left the image as it was, and all others are made. The rest was not
// tried. It says nothing of an image that can't be trusted any more ([image.ErrSpoiled]).
type BatchError struct {
	Tried  int
	Failed map[int]error // by their place among the changes; one at least
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

// Behind returns the error as that of changes that come behind n others, which are made.
func (e *BatchError) Behind(n int) *BatchError {
	failed := map[int]error{}
	for i, err := range e.Failed {
		failed[n+i] = err
	}
	return &BatchError{Tried: n + e.Tried, Failed: failed}
}
