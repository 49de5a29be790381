package executor

import (
	"context"
	"errors"

	"github.com/gildhq/gild/planner"
)

// Apply carries out the plan, image by image. An image that fails does not keep
// the others from being made; the error joins those of all images.
func Apply(ctx context.Context, plan *planner.Plan, opts Options) (Result, error) {
	return Result{}, errors.ErrUnsupported
}
