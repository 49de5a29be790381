package image

import (
	"context"

	"github.com/gildhq/gild/formats/transcript"
)

// Servicer lets DISM service the image. While it does, nothing else may read or
// change the image; what was changed before is there for DISM to see.
type Servicer interface {
	// Dism runs one servicing command, such as "/Enable-Feature", "/FeatureName:NetFx3",
	// and returns what DISM printed, also with an error where it printed anything.
	// Which image is meant, where to log and the like is added.
	Dism(ctx context.Context, args ...string) (*transcript.Transcript, error)
}
