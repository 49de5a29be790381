package wim

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/gildhq/gild/ground/work"
)

// The integrity table: its size, the number of entries and the size of a
// chunk, 4 bytes each, and the SHA-1 of every chunk of the file from the end
// of the header to the end of the blob table [WIM, "Integrity table"].
const (
	integrityHeader = 12
	integrityChunk  = 10 << 20
	sumSize         = sha1.Size
)

type integrityTable struct {
	chunk int64
	sums  []byte
}

// HasIntegrityTable reports whether there is an integrity table.
func (v *volume) HasIntegrityTable() bool { return v.header.integrity.stored > 0 }

// readIntegrity reads the integrity table of a part.
func (f *File) readIntegrity(p part) (*integrityTable, error) {
	if p.header.integrity.stored <= 0 {
		return nil, ErrNoIntegrityTable
	}
	b, err := f.readPart("integrity table", p, p.header.integrity, maxTable)
	if err != nil {
		return nil, err
	}
	if len(b) < integrityHeader {
		return nil, fmt.Errorf("%w: integrity table of %d bytes", ErrCorrupt, len(b))
	}
	le := binary.LittleEndian
	size, n, chunk := int64(le.Uint32(b)), int64(le.Uint32(b[4:])), int64(le.Uint32(b[8:]))
	covered := p.covered()
	if chunk == 0 || size != integrityHeader+n*sumSize || size > int64(len(b)) || n != chunkCount(covered, chunk) {
		return nil, fmt.Errorf("%w: an integrity table of %d bytes with %d entries for chunks of %d bytes "+
			"does not fit %d bytes of data", ErrCorrupt, size, n, chunk, covered)
	}
	return &integrityTable{chunk, b[integrityHeader:size]}, nil
}

// covered is the number of bytes behind the header the table vouches for.
func (p part) covered() int64 { return max(p.header.blobTable.end()-headerSize, 0) }

// sumChunks returns the sums of covered bytes behind the header. The first of
// them may be known already.
func sumChunks(ctx context.Context, r io.ReaderAt, covered, chunk int64, known []byte) ([]byte, error) {
	n := chunkCount(covered, chunk)
	sums := make([]byte, n*sumSize)
	copy(sums, known)
	first := len(known) / sumSize
	return sums, work.Each(ctx, max(int(n)-first, 0), runtime.GOMAXPROCS(0), func(i int) error {
		at := int64(first+i) * chunk
		size, sum := min(chunk, covered-at), sha1.New()
		read, err := work.Copy(ctx, sum, io.NewSectionReader(r, headerSize+at, size))
		if err == nil && read != size {
			err = io.ErrUnexpectedEOF
		}
		copy(sums[(first+i)*sumSize:], sum.Sum(nil))
		return err
	})
}

// writeIntegrity writes a table for what w holds up to the end of the blob
// table and notes it in h. The sums of unchanged chunks may be known.
func writeIntegrity(ctx context.Context, w io.WriteSeeker, out *output, h *Header, known []byte) error {
	r, ok := w.(io.ReaderAt)
	if !ok {
		return errors.New("wim: an integrity table needs a file that can be read while it is written")
	}
	if err := out.flush(); err != nil {
		return err
	}
	sums, err := sumChunks(ctx, r, h.blobTable.end()-headerSize, integrityChunk, known)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(integrityHeader+len(sums)))
	b = le.AppendUint32(b, uint32(len(sums)/sumSize))
	b = le.AppendUint32(b, integrityChunk)
	b = slices.Concat(b, sums)
	h.integrity = resource{stored: int64(len(b)), size: int64(len(b)), offset: out.pos}
	_, err = out.Write(b)
	return err
}
