package image

import "context"

// Forker is a [Session] whose checkpoints others can't open while it stands on them,
// unless it is asked to let them.
type Forker interface {
	// Fork lets others open the image at the checkpoint the session stands on.
	Fork(ctx context.Context) error
}
