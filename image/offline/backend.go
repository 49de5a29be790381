// Package offline is the backend for all systems. It needs only the image: gild's own
// code reads and writes its files and hives.
//
// It never changes a WIM file. Begin with session.go: a session consists of the image
// in the file (source.go), the layers of its checkpoints (package layers), and the
// changes since (changes.go), all in one tree of files in memory (tree.go); export.go
// writes it to a new file. An image in a folder is changed in place (folder.go,
// dir.go); the backend dism uses the same code for mounted images.
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

// Offers implements [image.Backend]. A folder can't be exported, so it has no output
// that an access rule could apply to, and it has no digests to verify.
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
