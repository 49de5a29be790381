package image

import "context"

// Forker is a [Session] that keeps other sessions from opening its present
// checkpoint until it is asked to fork.
type Forker interface {
	// Fork lets other sessions open the image at this session's present checkpoint.
	Fork(ctx context.Context) error
}
