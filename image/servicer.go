package image

import (
	"context"
	"errors"

	"github.com/gildhq/gild/formats/transcript"
)

// Servicer lets DISM service the image. While it does, nothing else may read or
// change the image; what was changed before is there for DISM to see. Capabilities
// found with [As] are invalid after a command: find them again.
type Servicer interface {
	// Dism runs one servicing command, such as "/Enable-Feature", "/FeatureName:NetFx3",
	// and returns what DISM printed, also with an error where it printed anything. It
	// adds the arguments for the image, the log, and so on. An error that DISM ended
	// with is a [ServicingError].
	Dism(ctx context.Context, args ...string) (*transcript.Transcript, error)
	// Warn tells the user of something that is no error.
	Warn(text string)
}

// ServicingError is an error that DISM ended with.
type ServicingError interface {
	error
	ExitCode() uint32 // Win32 error, HRESULT or status
}

// ErrSpoiled: after an error the image can't be trusted. The session takes no more
// changes; opened again, the image is at its last checkpoint.
var ErrSpoiled = errors.New("the image can't be trusted any more, and what was done since its last checkpoint is given up")
