package xpress

import (
	"math/bits"

	"github.com/gildhq/gild/formats/wim/internal/huffman"
	"github.com/gildhq/gild/formats/wim/internal/lz"
)

const (
	searchDepth = 24
	niceLength  = 72

	endOfData = 256 // symbol that ends the data ([MS-XCA] §2.1.4.3)

	// Estimates in bits that lazy matching weighs its choices with.
	literalCost = 6
	matchCost   = 9
	lazyMargin  = 2 // by which the match at the next position has to be better

	// Where data do not compress, ever fewer positions are looked at: one more
	// is left out for every so many without a match.
	missShift   = 7
	chanceMatch = 3 // length up to which a match may be by chance
)

// An item is a literal or a match: length<<16 | offset, or the literal.
type item uint32

// Compressor compresses chunks one after the other. It is not safe for
// concurrent use.
type Compressor struct {
	chunkSize int
	data      []byte
	matches   *lz.Chains
	items     []item
	freqs     [numSymbols]uint32
	code      [numSymbols]huffman.Codeword
	encoder   huffman.Encoder
}

// NewCompressor returns a compressor for chunks of up to chunkSize bytes.
func NewCompressor(chunkSize int) (*Compressor, error) {
	if err := checkChunkSize(chunkSize); err != nil {
		return nil, err
	}
	return &Compressor{
		chunkSize: chunkSize,
		data:      make([]byte, chunkSize+lz.Pad),
		matches:   lz.NewChains(chunkSize, searchDepth, niceLength),
		items:     make([]item, 0, chunkSize),
	}, nil
}

// Compress compresses the chunk src, which has at most the chunk size, to dst,
// which is at least as long, and returns the number of bytes written. If ok is
// false, the chunk would not become smaller and is to be stored as it is. The
// result depends on src only.
func (c *Compressor) Compress(dst, src []byte) (n int, ok bool) {
	if len(src) > c.chunkSize {
		panic("xpress: chunk is larger than the chunk size")
	}
	if len(src) <= tableSize {
		return 0, false
	}
	copy(c.data, src)
	clear(c.data[len(src):][:lz.Pad])
	extra := c.parse(len(src))
	c.freqs[endOfData]++
	c.encoder.Build(c.code[:], c.freqs[:], maxCodeBits)
	if n = c.size(extra); n >= len(src) {
		return 0, false
	}
	c.write(dst[:n])
	return n, true
}

// parse divides the data into items and counts their symbols. It returns the
// number of bytes of extra lengths.
func (c *Compressor) parse(size int) (extra int) {
	c.items = c.items[:0]
	clear(c.freqs[:])
	c.matches.Reset(c.data[:size+lz.Pad])
	length, offset := 0, 0
	misses := 0 // positions without a match since the last that was not by chance
	for pos := 0; pos < size; {
		if offset == 0 {
			length, offset = c.matches.Longest(pos, minMatch-1, size-pos, searchDepth)
			if offset != 0 && gain(length, offset) <= 0 {
				offset = 0
			}
			pos++
		}
		if offset == 0 {
			misses++
			end := min(pos+misses>>missShift, size)
			for _, b := range c.data[pos-1 : end] {
				c.literal(b)
			}
			pos = end
			continue
		}
		// A match begins at pos-1: a better one may begin at pos.
		if length < niceLength && pos < size {
			nextLength, nextOffset := c.matches.Longest(pos, length-1, size-pos, searchDepth/2)
			pos++
			if nextOffset != 0 && gain(nextLength, nextOffset) > gain(length, offset)+lazyMargin {
				c.literal(c.data[pos-2])
				length, offset = nextLength, nextOffset
				continue
			}
			c.matches.Skip(pos, length-2)
			pos += length - 2
		} else {
			c.matches.Skip(pos, length-1)
			pos += length - 1
		}
		if length > chanceMatch {
			misses = 0
		}
		extra += c.match(length, offset)
		offset = 0
	}
	return extra
}

// gain estimates how many bits a match saves.
func gain(length, offset int) int {
	return length*literalCost - matchCost - bits.Len(uint(offset))
}

func (c *Compressor) literal(b byte) {
	c.items = append(c.items, item(b))
	c.freqs[b]++
}

func (c *Compressor) match(length, offset int) (extra int) {
	c.items = append(c.items, item(length<<16|offset))
	c.freqs[matchSymbol(length, offset)]++
	switch {
	case length < longLength+minMatch:
		return 0
	case length < longLength+minMatch+255:
		return 1
	default:
		return 3
	}
}

func matchSymbol(length, offset int) int {
	log := bits.Len(uint(offset)) - 1
	return numLiterals + log<<4 + min(length-minMatch, longLength)
}

// size returns the size of the compressed chunk with the given number of bytes
// of extra lengths.
func (c *Compressor) size(extra int) int {
	n := uint32(0)
	for symbol, f := range c.freqs {
		length := uint32(c.code[symbol].Len)
		if symbol >= numLiterals {
			length += uint32(symbol-numLiterals) >> 4
		}
		n += f * length
	}
	return tableSize + int(n+15)/16*2 + 2 + extra
}

// write writes the compressed chunk, of which dst has the size.
func (c *Compressor) write(dst []byte) {
	for i := range tableSize {
		dst[i] = c.code[2*i].Len | c.code[2*i+1].Len<<4
	}
	w := newWriter(dst, tableSize)
	for _, it := range c.items {
		if it < numLiterals {
			w.put(uint32(c.code[it].Bits), uint(c.code[it].Len))
			continue
		}
		length, offset := int(it>>16), uint32(it&0xFFFF)
		word := c.code[matchSymbol(length, int(offset))]
		w.put(uint32(word.Bits), uint(word.Len))
		w.extra(length - minMatch)
		log := uint(bits.Len32(offset)) - 1
		w.put(offset&(1<<log-1), log)
	}
	w.put(uint32(c.code[endOfData].Bits), uint(c.code[endOfData].Len))
	w.close()
}
