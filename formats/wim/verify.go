package wim

import (
	"cmp"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/gildhq/gild/ground/work"
)

// Verify reads everything: every blob against its hash, every image's metadata
// against its hash, and that what the images refer to is there. It returns all
// it finds wrong, joined.
func (f *File) Verify(ctx context.Context) error {
	errs := []error{f.verifyBlobs(ctx, slices.Concat(f.table.blobs, f.table.metadata))}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range f.table.metadata {
		errs = append(errs, f.verifyImage(i+1))
	}
	return errors.Join(errs...)
}

// VerifyBeyond is Verify of the blobs that base does not have: of what was added
// when the file was made from base.
func (f *File) VerifyBeyond(ctx context.Context, base *File) error {
	return f.verifyBlobs(ctx, slices.DeleteFunc(slices.Clone(f.table.blobs), func(b Blob) bool {
		_, old := base.Blob(b.Hash)
		return old
	}))
}

// verifyBlobs reads blobs in the order they lie in the file, several at once.
func (f *File) verifyBlobs(ctx context.Context, blobs []Blob) error {
	slices.SortFunc(blobs, func(a, b Blob) int { return cmp.Compare(a.Offset, b.Offset) })
	return work.Each(ctx, len(blobs), runtime.GOMAXPROCS(0), func(i int) error { return f.verifyBlob(ctx, blobs[i]) })
}

func (f *File) verifyBlob(ctx context.Context, b Blob) error {
	r, err := f.newReader(b)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha1.New()
	if _, err := work.Copy(ctx, sum, io.NewSectionReader(r, 0, b.Size)); err != nil {
		return err
	}
	if got := Hash(sum.Sum(nil)); got != b.Hash {
		p := f.partAt(b.Offset)
		return f.wrapAt(b.Offset, fmt.Errorf("%w: the content of blob %s at offset %d has the hash %s; "+
			"the file is damaged: fetch or export it again", ErrCorrupt, b.Hash, b.Offset-p.base, got))
	}
	return nil
}

// verifyImage checks that the blobs of an image are there.
func (f *File) verifyImage(index int) error {
	image, err := f.Image(index)
	if err != nil {
		return err
	}
	var errs []error
	for path, n := range image.Root.All() {
		for _, s := range n.Streams {
			if _, ok := f.Blob(s.Hash); !ok && !s.Hash.IsZero() {
				errs = append(errs, f.wrap(fmt.Errorf(`image %d: \%s: %w: %s`, index, path, ErrBlobNotFound, s.Hash)))
			}
		}
	}
	return errors.Join(errs...)
}
