// Package offline is the backend that works on any system and needs nothing
// but the image: the files and registry hives in it are read and written by
// gild's own readers.
//
// An image in a WIM file is never changed. A session is the image as it is in
// the file, the layers sealed at checkpoints, and what was changed since; only
// [image.Exporter] writes a file, a new one. A folder that holds a mounted or
// applied image is changed in place, see [openFolder].
package offline

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/image"
)

// Backend is the offline backend.
type Backend struct{}

var _ image.Backend = Backend{}

// Name implements [image.Backend].
func (Backend) Name() string { return "offline" }

// Offers implements [image.Backend]. A folder can't be exported, so there
// is no output to decide on the access to, and keeps no digests to verify it by.
func (Backend) Offers() []image.Capability {
	return []image.Capability{image.CanFiles, image.CanRegistry, image.CanExport, image.CanAccess, image.CanVerify, image.CanFirstBoot}
}

// Open implements [image.Backend].
func (Backend) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if opts.Log == nil {
		opts.Log = hclog.NewNullLogger()
	}
	if opts.Write && opts.Clock.IsZero() {
		return nil, errors.New("offline: opened for writing without a clock")
	}
	st, err := os.Stat(ref.Path)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	if st.IsDir() {
		return openFolder(ref, opts)
	}
	return openWIM(ref, opts)
}
