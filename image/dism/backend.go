// Package dism is the backend that lets DISM service an image: Windows' own servicing
// stack installs features, packages, capabilities and languages at once. Begin with
// [Backend].
//
// For reading, an image is opened by the offline backend, without DISM, a mount or
// administrator rights. For writing it is copied into a working image (working.go),
// which DISM mounts (session.go, mounts.go); a checkpoint is a commit of the mounted
// image, marked by a file in it (marker.go). The offline backend's writers change files
// and registry in the mounted image, and close everything while DISM works (folder.go).
// leftover.go cleans up after runs that were cut off; run.go runs DISM. The output is
// written from the working image. A folder with a mounted or applied image is serviced
// in place.
package dism

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
)

// Backend is the backend.
type Backend struct {
	Program Program // runs DISM
	// Pause, unless it is 0, overrides the Backoff of [image.OpenOptions].
	Pause time.Duration
}

var _ image.Backend = Backend{}

// Name implements [image.Backend].
func (Backend) Name() string { return "dism" }

// Offers implements [image.Backend].
func (Backend) Offers() []image.Capability {
	return []image.Capability{image.CanFiles, image.CanRegistry, image.CanExport, image.CanAccess, image.CanVerify, image.CanFirstBoot, image.CanService}
}

// OwnsPart implements [image.PartOwner].
func (Backend) OwnsPart(name string, n int) bool { return offline.Backend{}.OwnsPart(name, n) }

// Open implements [image.Backend].
func (b Backend) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	if !opts.Write {
		return offline.Backend{}.Open(ctx, ref, opts)
	}
	if opts.Log == nil {
		opts.Log = hclog.NewNullLogger()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	privilege.Enable(opts.Warn)
	if err := absolute(&opts.Store, &opts.LogDir, &opts.Scratch); err != nil {
		return nil, err
	}
	st, err := os.Stat(ref.Path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("image: %w", err)
	case opts.Clock.IsZero():
		return nil, errors.New("dism: opened for writing without a clock")
	case st.IsDir():
		return b.openFolder(ctx, ref, opts)
	case opts.Store == "":
		return nil, errors.New("dism: opened for writing without a checkpoint store")
	}
	return b.openWIM(ctx, ref, opts)
}

// absolute makes paths for DISM absolute, as DISM requires.
func absolute(paths ...*string) error {
	for _, p := range paths {
		if *p == "" {
			continue
		}
		var err error
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	return nil
}
