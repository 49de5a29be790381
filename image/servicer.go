package image

import (
	"context"
	"errors"

	"github.com/gildhq/gild/formats/transcript"
)

// Servicer lets DISM service the image. While it does, nothing else may read or
// change the image; what was changed before is there for DISM to see. What was
// asked of the session before has to be asked for anew: capabilities found with
// [As] are of no use after a command.
type Servicer interface {
	// Dism runs one servicing command, such as "/Enable-Feature", "/FeatureName:NetFx3",
	// and returns what DISM printed, also with an error where it printed anything.
	// Which image is meant, where to log and the like is added. An error that DISM
	// ended with is a [ServicingError].
	Dism(ctx context.Context, args ...string) (*transcript.Transcript, error)
	// Warn tells the user of something that is no error.
	Warn(text string)
}

// ServicingError is an error that DISM ended with.
type ServicingError interface {
	error
	ExitCode() uint32 // Win32 error, HRESULT or status
}

// ErrSpoiled: what an error has left of the image can't be trusted. The session
// takes no more changes; when the image is opened anew, it is at its last checkpoint.
var ErrSpoiled = errors.New("the image can't be trusted any more, and what was done since its last checkpoint is given up")
