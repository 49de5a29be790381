package wim

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/gildhq/gild/ground/work"
)

// pipeline compresses blobs: one goroutine reads and hashes them, chunk by
// chunk, workers compress the chunks, and the caller writes them in order. The
// chunks under way are bounded in number, so that memory does not depend on
// the size of the content.
type pipeline struct {
	ctx      context.Context
	compress Compression
	size     int // bytes of a chunk
	best     bool
	workers  int
	out      *output
	spread   *spread // over parts; nil: all goes to out
	progress func(n int64)
}

// chunk is a piece of a blob on its way.
type chunk struct {
	entry  *entry
	first  bool
	last   bool
	raw    []byte // the content
	buffer []byte // room for the compressed form
	stored []byte // what to write: raw or a part of buffer
	done   chan struct{}
}

// write writes the content of the entries, in order, and fills in where it is
// and, where it was not known, its hash.
func (p *pipeline) write(entries []*entry) error {
	if len(entries) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(p.ctx)
	free, work, ordered := p.chunks()
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	for range p.workers {
		c, err := p.compressor()
		if err != nil {
			close(work)
			return err
		}
		group.Go(func() { compressAll(c, work) })
	}
	var failed error // set before ordered is closed
	group.Go(func() {
		defer close(ordered)
		defer close(work)
		failed = p.read(ctx, entries, free, work, ordered)
	})
	if err := p.drain(ordered, free); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	return p.ctx.Err()
}

func (p *pipeline) chunks() (free, work, ordered chan *chunk) {
	n := min(max(64<<20/(2*p.size), 2*p.workers+2), 16*p.workers)
	free, work, ordered = make(chan *chunk, n), make(chan *chunk, n), make(chan *chunk, n)
	for range n {
		free <- &chunk{done: make(chan struct{}, 1)}
	}
	return free, work, ordered
}

func (p *pipeline) compressor() (compressor, error) {
	if p.compress == None {
		return nil, nil
	}
	return p.compress.newCompressor(p.size, p.best)
}

func compressAll(c compressor, work <-chan *chunk) {
	for k := range work {
		k.stored = k.raw
		if c != nil {
			if cap(k.buffer) < len(k.raw) {
				k.buffer = make([]byte, cap(k.raw))
			}
			if n, ok := c.Compress(k.buffer[:len(k.raw)], k.raw); ok && n < len(k.raw) {
				k.stored = k.buffer[:n]
			}
		}
		k.done <- struct{}{}
	}
}

// read reads the content of the entries into chunks.
func (p *pipeline) read(ctx context.Context, entries []*entry, free <-chan *chunk, work, ordered chan<- *chunk) error {
	for _, e := range entries {
		if err := p.readOne(ctx, e, free, work, ordered); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipeline) readOne(ctx context.Context, e *entry, free <-chan *chunk, work, ordered chan<- *chunk) error {
	r, err := e.open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha1.New()
	for off := int64(0); off < e.size; off += int64(p.size) {
		var k *chunk
		select {
		case k = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		n := int(min(int64(p.size), e.size-off))
		if cap(k.raw) < n {
			k.raw = make([]byte, p.capacity(n))
		}
		k.raw = k.raw[:n]
		if _, err := io.ReadFull(r, k.raw); err != nil {
			return e.changed(err)
		}
		if e.from == nil {
			sum.Write(k.raw)
		}
		k.entry, k.first, k.last = e, off == 0, off+int64(n) == e.size
		if k.last {
			if err := e.close(r, sum); err != nil {
				return err
			}
		}
		ordered <- k // never blocks: it has room for all chunks
		work <- k
	}
	return nil
}

// capacity is the room for n bytes of content: small files share small buffers.
func (p *pipeline) capacity(n int) int {
	c := 1 << 12
	for c < n {
		c *= 2
	}
	return min(c, max(p.size, n))
}

// close checks that r is at its end and that its content, of which sum is, is what
// was expected. A [Reader] checks what comes from a file.
func (e *entry) close(r io.Reader, sum hash.Hash) error {
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		return e.changed(err)
	}
	if e.from != nil {
		return nil
	}
	h := Hash(sum.Sum(nil))
	if e.known && h != e.hash {
		return fmt.Errorf("%s: its content has the hash %s instead of %s", e.name, h, e.hash)
	}
	e.hash = h
	return nil
}

// changed is the error for content that has not the size announced.
func (e *entry) changed(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: its content has not the %d bytes announced; was it changed meanwhile?", e.name, e.size)
	}
	return fmt.Errorf("%s: %w", e.name, err)
}

// drain writes the chunks as they get ready.
func (p *pipeline) drain(ordered <-chan *chunk, free chan<- *chunk) error {
	var table []byte
	for k := range ordered {
		<-k.done
		e := k.entry
		if k.first {
			table = table[:0]
			e.res = resource{offset: p.out.pos, size: e.size}
			if p.compress != None {
				room := (chunkCount(e.size, int64(p.size)) - 1) * entrySize(e.size)
				if _, err := p.out.Write(make([]byte, room)); err != nil {
					return err
				}
			}
		}
		if !k.first && p.compress != None {
			table = appendChunkOffset(table, e, p.out.pos, int64(p.size))
		}
		if _, err := p.out.Write(k.stored); err != nil {
			return err
		}
		if k.last {
			if err := p.finish(e, table); err != nil {
				return err
			}
			if err := p.place(e); err != nil {
				return err
			}
		}
		if p.progress != nil {
			p.progress(int64(len(k.raw)))
		}
		free <- k
	}
	return nil
}

// appendChunkOffset adds the chunk that begins at offset pos to the table.
func appendChunkOffset(table []byte, e *entry, pos, chunkSize int64) []byte {
	width := entrySize(e.size)
	at := uint64(pos - e.res.offset - (chunkCount(e.size, chunkSize)-1)*width)
	for range width {
		table = append(table, byte(at))
		at >>= 8
	}
	return table
}

// finish completes a blob whose chunks are written. One that did not get
// smaller is stored as it is.
func (p *pipeline) finish(e *entry, table []byte) error {
	e.res.stored = p.out.pos - e.res.offset
	e.res.flags = e.flags
	switch {
	case p.compress == None || e.res.stored == e.size && len(table) == 0:
		return nil
	case e.res.stored < e.size:
		e.res.flags |= resCompressed
		if len(table) == 0 {
			return nil
		}
		return p.out.patch(e.res.offset, table)
	}
	if err := p.out.rewind(e.res.offset); err != nil {
		return err
	}
	e.res.stored = e.size
	return p.store(e)
}

// store writes the content of e as it is.
func (p *pipeline) store(e *entry) error {
	r, err := e.open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha1.New()
	n, err := work.Copy(p.ctx, io.MultiWriter(p.out, sum), io.LimitReader(r, e.size))
	if err != nil {
		return err
	}
	if got := sum.Sum(nil); n != e.size || !bytes.Equal(got, e.hash[:]) {
		return e.changed(nil)
	}
	return nil
}
