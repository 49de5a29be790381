// Package work does work that ends with its context: copying, and several things at once.
package work

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// Reader returns a reader of the same content that fails once the context is done.
func Reader(ctx context.Context, r io.Reader) io.Reader { return &reader{ctx, r} }

type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

var buffers = sync.Pool{New: func() any { return new([1 << 20]byte) }}

// Copy copies as [io.Copy] does, in large pieces, until the context is done.
func Copy(ctx context.Context, to io.Writer, from io.Reader) (int64, error) {
	buffer := buffers.Get().(*[1 << 20]byte)
	defer buffers.Put(buffer)
	// A writer that reads by itself would not use the buffer.
	return io.CopyBuffer(struct{ io.Writer }{to}, Reader(ctx, from), buffer[:])
}

// Each calls do with the numbers below n, in order, some of them at once, and starts no
// more once the context is done. It returns the cause of that, or all errors of do.
func Each(ctx context.Context, n, atOnce int, do func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, atOnce) {
		group.Go(func() {
			for i := int(next.Add(1) - 1); i < n && ctx.Err() == nil; i = int(next.Add(1) - 1) {
				errs[i] = do(i)
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return errors.Join(errs...)
}
