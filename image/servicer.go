package image

import (
	"context"
	"errors"

	"github.com/gildhq/gild/formats/transcript"
)

// Servicer lets DISM service the image. During a command nothing else may read or
// change the image; DISM sees all earlier changes. Capabilities found with [As] are
// invalid after a command: find them again.
type Servicer interface {
	// Dism runs one servicing command, such as "/Enable-Feature", "/FeatureName:NetFx3",
	// and returns what DISM printed, if anything also with an error. It adds the
	// arguments for the image, the log, and so on. If DISM ends with an error, that is a
	// [ServicingError].
	Dism(ctx context.Context, args ...string) (*transcript.Transcript, error)
	// Warn tells the user of something that is not an error.
	Warn(text string)
}

// ServicingError is an error with which DISM ended.
type ServicingError interface {
	error
	ExitCode() uint32 // Win32 error, HRESULT or status
}

// ErrSpoiled: after an error the image can't be trusted. The session takes no more
// changes; opened again, the image is at its last checkpoint.
var ErrSpoiled = errors.New("the image can't be trusted any more, and the changes since its last checkpoint are discarded")
