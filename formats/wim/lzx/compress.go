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
	Best              // near-optimal parsing: about 2 % smaller, four times slower
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
	next      block      // working memory of split
	optimizer *optimizer // for level Best
	better    []item
	codes     codes
	encoder   huffman.Encoder
	writer    blockWriter
}

// NewCompressor returns a compressor for chunks of WIM files with the given
// chunk size.
func NewCompressor(chunkSize int, level Level) (*Compressor, error) {
	if err := checkChunkSize(chunkSize); err != nil {
		return nil, err
	}
	c := &Compressor{
		chunkSize: chunkSize,
		level:     level,
		data:      make([]byte, chunkSize+lz.Pad),
		chains:    lz.NewChains(chunkSize, lazyDepth, lazyNice),
		items:     make([]item, 0, chunkSize),
	}
	if level == Best {
		c.optimizer = newOptimizer(chunkSize, c.chains)
		c.better = make([]item, 0, chunkSize)
	}
	return c, nil
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
	if c.level == Best {
		c.chains.Depth = firstDepth
	}
	c.lazy(len(src))
	c.split()
	c.writer = blockWriter{
		Writer:    huffman.NewWriter(dst[:len(src)-1]),
		encoder:   &c.encoder,
		chunkSize: c.chunkSize,
		mainSyms:  numLiterals + numLengthHeaders*numSlots(c.chunkSize),
	}
	if c.level == Best {
		c.optimize(len(src))
	}
	for i := range c.blocks {
		b := &c.blocks[i]
		c.writer.block(b.items, b.size, &b.freqs, &c.codes)
	}
	if n, ok = c.writer.Close(); !ok {
		return 0, false
	}
	return n, true
}

// optimize replaces the items of the blocks by better ones.
func (c *Compressor) optimize(size int) {
	c.chains.Depth = optimalDepth
	o := c.optimizer
	o.reset(c.data[:size+lz.Pad])
	c.better = c.better[:0]
	pos := 0
	for i := range c.blocks {
		b := &c.blocks[i]
		start := len(c.better)
		o.setCosts(&b.freqs)
		c.better = o.parse(c.better, pos, b.size)
		b.items = c.better[start:]
		b.freqs.count(b.items)
		pos += b.size
	}
}
