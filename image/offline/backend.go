// Package offline is the backend that works on any system and needs nothing but the
// image: gild's own code reads and writes its files and hives.
//
// It never changes a WIM file. A session (session.go) consists of the image as it
// is in the file (source.go), the layers of its checkpoints (package layers), and
// what was changed since (changes.go), all in one tree of files in memory
// (tree.go); export.go writes it to a new file. An image in a folder is changed in
// place: folder.go and dir.go, which the backend dism uses for mounted images, too.
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

// Offers implements [image.Backend]. A folder can't be exported, so it has no
// output whose access a rule could set, and no digests to verify it with.
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
