package image

import "context"

// Forker is a [Session] whose present checkpoint other sessions can open only after
// Fork.
type Forker interface {
	// Fork lets other sessions open the image at this session's present checkpoint.
	Fork(ctx context.Context) error
}
