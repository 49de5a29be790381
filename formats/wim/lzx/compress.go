package lzx

import (
	"github.com/gildhq/gild/formats/wim/internal/huffman"
	"github.com/gildhq/gild/formats/wim/internal/lz"
)

// Level chooses between speed and size of compression.
type Level int

// The levels.
const (
	Fast Level = iota // lazy matching
	Best              // near-optimal parsing: some per cent smaller, several times slower
)

// Compressor compresses chunks one after the other. It is not safe for
// concurrent use.
type Compressor struct {
	chunkSize int
	level     Level
	data      []byte // the chunk, calls translated
	chains    *lz.Chains
	items     []item
	blocks    []block
	codes     codes
	encoder   huffman.Encoder
	writer    blockWriter
}

// A block is a range of items and the number of bytes they stand for.
type block struct {
	items []item
	size  int
	freqs frequencies
	cost  float64 // of freqs
}

// NewCompressor returns a compressor for chunks of WIM files with the given
// chunk size.
func NewCompressor(chunkSize int, level Level) (*Compressor, error) {
	if err := checkChunkSize(chunkSize); err != nil {
		return nil, err
	}
	return &Compressor{
		chunkSize: chunkSize,
		level:     level,
		data:      make([]byte, chunkSize+lz.Pad),
		chains:    lz.NewChains(chunkSize, lazyDepth, lazyNice),
		items:     make([]item, 0, chunkSize),
	}, nil
}

// Compress compresses the chunk src, which has at most the chunk size, to dst,
// which is at least as long, and returns the number of bytes written. If ok is
// false, the chunk would not become smaller and is to be stored as it is; the
// content of dst is then undefined. The result depends on src only.
func (c *Compressor) Compress(dst, src []byte) (n int, ok bool) {
	if len(src) > c.chunkSize {
		panic("lzx: chunk is larger than the chunk size")
	}
	if len(src) < 2 {
		return 0, false
	}
	copy(c.data, src)
	clear(c.data[len(src):][:lz.Pad])
	encodeE8(c.data[:len(src)])
	c.items = c.items[:0]
	c.lazy(len(src))
	c.split()
	c.writer = blockWriter{
		Writer:    huffman.NewWriter(dst[:len(src)-1]),
		encoder:   &c.encoder,
		chunkSize: c.chunkSize,
		mainSyms:  numLiterals + numLengthHeaders*numSlots(c.chunkSize),
	}
	for i := range c.blocks {
		b := &c.blocks[i]
		c.writer.block(b.items, b.size, &b.freqs, &c.codes)
	}
	return c.writer.Close()
}
