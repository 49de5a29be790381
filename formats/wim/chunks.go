package wim

import (
	"encoding/binary"
	"fmt"
	"io"
)

// chunks is a compressed resource: a table of where chunks 1… begin, counted
// from the end of the table, and the chunks, each of them holding chunkSize
// bytes of content but the last. A chunk as long as its content is not
// compressed. [WIM, "Compressed resources"]; the entries have 8 bytes where
// the content exceeds 4 GiB.
type chunks struct {
	src       io.ReaderAt
	res       resource
	chunkSize int64
	count     int64
	entry     int64  // bytes of a table entry
	table     []byte // as in the file
}

func openChunks(src io.ReaderAt, res resource, chunkSize int) (*chunks, error) {
	if chunkSize == 0 {
		return nil, fmt.Errorf("%w: the resource at offset %d is compressed, the file is not", ErrCorrupt, res.offset)
	}
	c := &chunks{src: src, res: res, chunkSize: int64(chunkSize), entry: entrySize(res.size)}
	c.count = chunkCount(res.size, c.chunkSize)
	if c.count == 0 {
		return c, nil
	}
	if c.count-1 > res.stored/c.entry {
		return nil, fmt.Errorf("%w: the resource at offset %d announces %d bytes, too many for its chunk table",
			ErrCorrupt, res.offset, res.size)
	}
	c.table = make([]byte, (c.count-1)*c.entry)
	if _, err := readAt(src, c.table, res.offset); err != nil {
		return nil, err
	}
	return c, nil
}

func chunkCount(size, chunkSize int64) int64 {
	if size == 0 {
		return 0
	}
	return (size-1)/chunkSize + 1
}

func entrySize(size int64) int64 {
	if size > 1<<32-1 {
		return 8
	}
	return 4
}

// start is the offset of chunk i behind the table.
func (c *chunks) start(i int64) int64 {
	switch {
	case i == 0:
		return 0
	case i == c.count:
		return c.res.stored - int64(len(c.table))
	case c.entry == 4:
		return int64(binary.LittleEndian.Uint32(c.table[(i-1)*4:]))
	}
	return int64(binary.LittleEndian.Uint64(c.table[(i-1)*8:]))
}

// size is the number of bytes of content in chunk i.
func (c *chunks) size(i int64) int64 {
	return min(c.chunkSize, c.res.size-i*c.chunkSize)
}

// sizeOf is the number of bytes of content in the n chunks from i on.
func (c *chunks) sizeOf(i, n int64) int64 {
	return min(n*c.chunkSize, c.res.size-i*c.chunkSize)
}

// within is the number of chunks from i on that lie whole in the n bytes of
// content at off.
func (c *chunks) within(i, off, n int64) int64 {
	switch {
	case off != i*c.chunkSize:
		return 0
	case off+n == c.res.size:
		return c.count - i
	}
	return n / c.chunkSize
}

// readRun decodes the chunks from up to to, to dst.
func (c *chunks) readRun(dst []byte, from, to int64, scratch []byte, d decompressor) error {
	for i := from; i < to; i++ {
		size := c.size(i)
		if err := c.read(i, dst[:size:size], scratch, d); err != nil {
			return err
		}
		dst = dst[size:]
	}
	return nil
}

// read decodes chunk i into dst, which has its size. scratch has the size of a
// full chunk.
func (c *chunks) read(i int64, dst, scratch []byte, d decompressor) error {
	from, to := c.start(i), c.start(i+1)
	if from < 0 || to > c.res.stored-int64(len(c.table)) || to <= from || to-from > int64(len(dst)) {
		return fmt.Errorf("%w: chunk %d of the resource at offset %d has impossible bounds %d–%d",
			ErrCorrupt, i, c.res.offset, from, to)
	}
	at := c.res.offset + int64(len(c.table)) + from
	if to-from == int64(len(dst)) {
		_, err := readAt(c.src, dst, at)
		return err
	}
	src := scratch[:to-from]
	if _, err := readAt(c.src, src, at); err != nil {
		return err
	}
	if err := d.Decompress(dst, src); err != nil {
		return fmt.Errorf("%w: chunk %d of the resource at offset %d: %w", ErrCorrupt, i, c.res.offset, err)
	}
	return nil
}

// readAt fills b or fails.
func readAt(r io.ReaderAt, b []byte, off int64) (int, error) {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return n, nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
