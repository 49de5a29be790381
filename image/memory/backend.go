// Package memory is a backend with images in memory. It is for tests of code that uses
// backends: it fulfils the contract of package image without files, layers or WIM.
// [New] makes a backend; its images begin as values of [Image].
package memory

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/firstboot"
	"github.com/gildhq/gild/image/hives"
)

// Image is the content of an image at the beginning.
type Image struct {
	Info  image.Info        // without the counts and the fingerprint, which are computed
	Files map[string][]byte // by name; parent folders are made
}

// Backend holds images by path, and their checkpoints by the store with which an image
// was opened.
type Backend struct {
	mu     sync.Mutex
	images map[string]*stored
}

type stored struct {
	info        image.Info
	root        *node
	checkpoints map[checkpoint]sealed
}

// sealed is the content of a checkpoint.
type sealed struct {
	root   *node
	access image.AccessRule
}

type checkpoint struct{ store, id string }

var _ image.Backend = (*Backend)(nil)

// New returns a backend with these images, by path.
func New(images map[string]Image) (*Backend, error) {
	b := &Backend{images: map[string]*stored{}}
	for path, img := range images {
		root, err := build(img.Files)
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", path, err)
		}
		img.Info.Fingerprint = root.fingerprint()
		b.images[path] = &stored{img.Info, root, map[checkpoint]sealed{}}
	}
	return b, nil
}

// Name implements [image.Backend].
func (*Backend) Name() string { return "memory" }

// Offers implements [image.Backend].
func (*Backend) Offers() []image.Capability {
	return []image.Capability{image.CanFiles, image.CanRegistry, image.CanFirstBoot, image.CanAccess}
}

// Open implements [image.Backend].
func (b *Backend) Open(ctx context.Context, ref image.Ref, opts image.OpenOptions) (image.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	img := b.images[ref.Path]
	if img == nil {
		return nil, fmt.Errorf("image %s: %w", ref.Path, fs.ErrNotExist)
	}
	if ref.Index > 1 || ref.Name != "" && ref.Name != img.info.Name {
		return nil, fmt.Errorf("image %s: contains one image, %q", ref.Path, img.info.Name)
	}
	if opts.Fingerprint != "" && opts.Fingerprint != img.info.Fingerprint {
		return nil, fmt.Errorf("image %s: %w", ref.Path, image.ErrExchanged)
	}
	s := &session{backend: b, image: img, store: opts.Store}
	root := img.root
	for _, id := range slices.Backward(opts.Chain) {
		if kept, ok := img.checkpoints[checkpoint{opts.Store, id}]; ok {
			root, s.access, s.at = kept.root, kept.access, id
			break
		}
	}
	s.files = &files{root: root.clone(), write: opts.Write, clock: opts.Clock}
	s.Registry = hives.Open(s.files, hives.Options{Write: opts.Write, Clock: opts.Clock, AllowDirty: opts.AllowDirtyHives, Memo: &s.memo})
	s.Queue = firstboot.Open(s.files, firstboot.Options{Write: opts.Write, Memo: &s.memo})
	return s, nil
}
