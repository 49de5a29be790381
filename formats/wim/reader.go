package wim

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"sync"
)

// Reader reads the content of a blob. Random access decodes only the chunks
// it needs. Content read from the start to the end is checked against the
// blob's hash: on a mismatch the last read fails. ReadAt may be called from
// several goroutines, the other methods may not.
type Reader struct {
	file *File
	blob Blob
	pos  int64

	sum    hash.Hash // of the first hashed bytes; nil before the first
	hashed int64
	err    error // a hash mismatch, once found

	mu      sync.Mutex
	chunks  *chunks // nil where the blob is not compressed
	decoder decompressor
	content []byte // the chunk last decoded …
	current int64  // … and its number
	scratch []byte
}

var _ interface {
	io.ReadSeekCloser
	io.ReaderAt
} = (*Reader)(nil)

func (f *File) newReader(b Blob) (*Reader, error) {
	r := &Reader{file: f, blob: b, current: -1}
	if b.res.flags&resCompressed == 0 {
		return r, nil
	}
	var err error
	if r.chunks, err = openChunks(f.src, b.res, f.header.ChunkSize); err != nil {
		return nil, f.wrap(err)
	}
	return r, nil
}

// Size returns the number of bytes of content.
func (r *Reader) Size() int64 { return r.blob.Size }

// Read implements [io.Reader].
func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.ReadAt(p, r.pos)
	if r.pos <= r.hashed && r.hashed < r.pos+int64(n) {
		if r.sum == nil {
			r.sum = sha1.New()
		}
		r.sum.Write(p[r.hashed-r.pos : n])
		r.hashed = r.pos + int64(n)
		if r.hashed == r.blob.Size {
			if r.err = r.checkSum(); r.err != nil {
				return 0, r.err
			}
		}
	}
	r.pos += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

func (r *Reader) checkSum() error {
	if r.blob.Hash.IsZero() || Hash(r.sum.Sum(nil)) == r.blob.Hash {
		return nil
	}
	return r.file.wrapAt(r.blob.Offset, fmt.Errorf("%w: the content of blob %s does not match its hash; "+
		"the file is damaged: fetch or export it again", ErrCorrupt, r.blob.Hash))
}

// ReadAt implements [io.ReaderAt].
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("wim: negative offset")
	}
	if off >= r.blob.Size {
		return 0, io.EOF
	}
	var short error
	if rest := r.blob.Size - off; int64(len(p)) > rest {
		p, short = p[:rest], io.EOF
	}
	n, err := r.readFull(p, off)
	if err != nil {
		return n, r.file.wrapAt(r.blob.Offset, fmt.Errorf("blob %s: %w", r.blob.Hash, err))
	}
	return n, short
}

func (r *Reader) readFull(p []byte, off int64) (int, error) {
	if r.chunks == nil {
		return readAt(r.file.src, p, r.blob.res.offset+off)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.prepare(); err != nil {
		return 0, err
	}
	for done := 0; done < len(p); {
		i := off / r.chunks.chunkSize
		n, err := 0, error(nil)
		if whole := r.chunks.within(i, off, int64(len(p)-done)); whole > 0 {
			n, err = r.decode(p[done:], i, whole)
		} else if err = r.load(i); err == nil {
			n = copy(p[done:], r.content[off%r.chunks.chunkSize:])
		}
		if err != nil {
			return done, err
		}
		done, off = done+n, off+int64(n)
	}
	return len(p), nil
}

// parallelBytes is from how much content on it is worth decoding on several CPUs.
const parallelBytes = 256 << 10

// decode decodes the n chunks from the first on, to p.
func (r *Reader) decode(p []byte, first, n int64) (int, error) {
	size := int(r.chunks.sizeOf(first, n))
	workers := int64(1)
	if size >= parallelBytes {
		workers = min(n, int64(runtime.GOMAXPROCS(0)))
	}
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		from, to := first+n*w/workers, first+n*(w+1)/workers
		part := p[r.chunks.sizeOf(first, from-first):size]
		if w == workers-1 {
			errs[w] = r.chunks.readRun(part, from, to, r.scratch, r.decoder)
			break
		}
		group.Go(func() { errs[w] = r.file.decodeRun(r.chunks, part, from, to) })
	}
	group.Wait()
	return size, errors.Join(errs...)
}

// decodeRun decodes the chunks from up to to with a decoder of its own.
func (f *File) decodeRun(c *chunks, p []byte, from, to int64) error {
	d, err := f.takeDecoder()
	if err != nil {
		return err
	}
	defer f.decoders.Put(d)
	return c.readRun(p, from, to, make([]byte, c.chunkSize), d)
}

// prepare takes a decoder out of the file's store.
func (r *Reader) prepare() error {
	if r.decoder != nil {
		return nil
	}
	d, err := r.file.takeDecoder()
	if err != nil {
		return err
	}
	r.decoder = d
	r.scratch = make([]byte, min(r.chunks.chunkSize, r.blob.Size))
	return nil
}

// load makes content hold chunk i.
func (r *Reader) load(i int64) error {
	if i == r.current {
		return nil
	}
	if r.content == nil {
		r.content = make([]byte, 0, min(r.chunks.chunkSize, r.blob.Size))
	}
	r.current = -1
	r.content = r.content[:r.chunks.size(i)]
	if err := r.chunks.read(i, r.content, r.scratch, r.decoder); err != nil {
		return err
	}
	r.current = i
	return nil
}

// Seek implements [io.Seeker].
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.blob.Size
	}
	if offset < 0 {
		return 0, errors.New("wim: seek before the start of the blob")
	}
	r.pos = offset
	return offset, nil
}

// Close gives the reader's buffers back. The reader can't be used any more.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.decoder != nil {
		r.file.decoders.Put(r.decoder)
		r.decoder = nil
	}
	r.content, r.scratch, r.current = nil, nil, -1
	return nil
}
