package wim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// sparse is a file of any size with a few bytes that are not zero.
type sparse map[int64]byte

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	for at, b := range s {
		if off <= at && at < off+int64(len(p)) {
			p[at-off] = b
		}
	}
	return len(p), nil
}

// TestWideTable reads a resource of more than 4 GiB, whose table has entries
// of 8 bytes; its chunks are not compressed.
func TestWideTable(t *testing.T) {
	const chunk, size = 1 << 15, 1<<32 + 1000
	const count = (size-1)/chunk + 1
	src, table := sparse{}, make([]byte, 0, 8*(count-1))
	for i := int64(1); i < count; i++ {
		table = binary.LittleEndian.AppendUint64(table, uint64(i*chunk))
	}
	res := resource{offset: 500, stored: int64(len(table)) + size, size: size, flags: resCompressed}
	src[res.end()-1] = 7
	in := &spliced{src, table, 500}
	c, err := openChunks(in, res, chunk)
	must(t, err)
	if c.count != count || c.entry != 8 {
		t.Errorf("%d chunks with entries of %d bytes", c.count, c.entry)
	}
	last := make([]byte, c.size(count-1))
	must(t, c.read(count-1, last, nil, nil))
	if len(last) != 1000 || last[999] != 7 || bytes.Count(last, []byte{0}) != 999 {
		t.Errorf("last chunk: %d bytes, ending in %d", len(last), last[len(last)-1])
	}
	e := &entry{size: size}
	if got := appendChunkOffset(nil, e, int64(len(table))+3*chunk, chunk); !bytes.Equal(got, table[16:24]) {
		t.Errorf("entry written as %x, want %x", got, table[16:24])
	}
}

// spliced has b at offset off of r.
type spliced struct {
	r   io.ReaderAt
	b   []byte
	off int64
}

func (s *spliced) ReadAt(p []byte, off int64) (int, error) {
	if off == s.off {
		return copy(p, s.b), nil
	}
	return s.r.ReadAt(p, off)
}

func TestLyingTable(t *testing.T) {
	table := binary.LittleEndian.AppendUint32(nil, 40_000) // beyond the end
	data := append(table, make([]byte, 1000)...)
	c, err := openChunks(bytes.NewReader(data), resource{stored: int64(len(data)), size: 40_000, flags: resCompressed}, 1<<15)
	must(t, err)
	for i := range int64(2) {
		if err := c.read(i, make([]byte, c.size(i)), make([]byte, 1<<15), nil); !errors.Is(err, ErrCorrupt) {
			t.Errorf("chunk %d: %v", i, err)
		}
	}
	if _, err := openChunks(bytes.NewReader(data), resource{stored: int64(len(data)), size: 1 << 62, flags: resCompressed}, 1<<15); !errors.Is(err, ErrCorrupt) {
		t.Errorf("impossible size: %v", err)
	}
}
