package lzx

import (
	"encoding/binary"

	"github.com/gildhq/gild/formats/wim/internal/huffman"
	"github.com/gildhq/gild/formats/wim/internal/lz"
)

const (
	mainLookupBits    = 11
	lengthLookupBits  = 9
	alignedLookupBits = 7
	pretreeLookupBits = 6
)

// decoder decodes blocks, which is what chunks of WIM files and folders of
// cabinets have in common.
type decoder struct {
	windowSize int
	mainSyms   int

	// State that goes from block to block.
	recent     [numRecent]int
	mainLens   [maxMainSymbols]uint8
	lengthLens [numLengthSymbols]uint8

	// The block at hand.
	kind  uint32
	left  int  // bytes to come
	odd   bool // it has an odd number of bytes
	unpad bool // the padding of an uncompressed block was not in the source

	mainCode, lengthCode, alignedCode, pretree huffman.Code

	mainLookup    [1 << mainLookupBits]huffman.Entry
	lengthLookup  [1 << lengthLookupBits]huffman.Entry
	alignedLookup [1 << alignedLookupBits]huffman.Entry
	pretreeLookup [1 << pretreeLookupBits]huffman.Entry
}

func newDecoder(windowSize int) decoder {
	return decoder{
		windowSize: windowSize,
		mainSyms:   numLiterals + numLengthHeaders*numSlots(windowSize),
		recent:     [numRecent]int{1, 1, 1},
	}
}

// reset makes ready for the start of other data.
func (d *decoder) reset() {
	d.recent = [numRecent]int{1, 1, 1}
	clear(d.mainLens[:])
	clear(d.lengthLens[:])
	d.left, d.unpad = 0, false
}

// begin reads what comes between the size of a block and its first symbol.
func (d *decoder) begin(kind uint32, size int, r *huffman.Reader) error {
	if size == 0 {
		return corrupt("block of 0 bytes")
	}
	d.kind, d.left, d.odd = kind, size, size%2 != 0
	switch kind {
	case blockUncompressed:
		return d.readRecent(r)
	case blockVerbatim, blockAligned:
		return d.readCodes(kind == blockAligned, r)
	}
	return corrupt("block of unknown type %d", kind)
}

// decode decodes the next n bytes, all of the block at hand, to dst[pos:].
func (d *decoder) decode(dst []byte, pos, n int, r *huffman.Reader) error {
	var err error
	if d.left -= n; d.kind == blockUncompressed {
		err = d.uncompressed(dst[pos:pos+n], r)
	} else {
		err = d.compressed(dst, pos, pos+n, d.kind == blockAligned, r)
	}
	if err == nil && r.Overrun() {
		err = corrupt("the data ends within a block before byte %d", pos+n)
	}
	return err
}

// readRecent reads the recent offsets at the start of an uncompressed block.
func (d *decoder) readRecent(r *huffman.Reader) error {
	r.Align()
	if len(r.Src)-r.Pos < 4*numRecent {
		return corrupt("the data ends within an uncompressed block")
	}
	for i := range d.recent {
		v := binary.LittleEndian.Uint32(r.Src[r.Pos:])
		if v == 0 || v > uint32(d.windowSize) {
			return corrupt("recent offset %d of an uncompressed block", v)
		}
		d.recent[i] = int(v)
		r.Pos += 4
	}
	return nil
}

// uncompressed reads bytes of an uncompressed block, and at its end the
// padding to whole words, which may be missing where the source ends.
func (d *decoder) uncompressed(dst []byte, r *huffman.Reader) error {
	if len(r.Src)-r.Pos < len(dst) {
		return corrupt("the data ends within %d bytes of an uncompressed block", len(dst))
	}
	r.Pos += copy(dst, r.Src[r.Pos:])
	if d.left == 0 && d.odd {
		if d.unpad = r.Pos == len(r.Src); !d.unpad {
			r.Pos++
		}
	}
	return nil
}

// compressed decodes the symbols of a block that covers dst[pos:end].
func (d *decoder) compressed(dst []byte, pos, end int, aligned bool, r *huffman.Reader) error {
	pos, err := d.fast(dst, pos, end, aligned, r)
	for err == nil && pos < end && !r.Overrun() {
		pos, err = d.careful(dst[:end], pos, aligned, r)
	}
	return err
}

// careful decodes one symbol, wherever the end of the source may be, and
// returns the position behind it.
func (d *decoder) careful(dst []byte, pos int, aligned bool, r *huffman.Reader) (int, error) {
	r.Refill()
	symbol, ok := r.Symbol(&d.mainCode, d.mainLookup[:], mainLookupBits)
	if !ok {
		return 0, corrupt("invalid main codeword at byte %d", pos)
	}
	if symbol < numLiterals {
		dst[pos] = byte(symbol)
		return pos + 1, nil
	}
	length := (symbol-numLiterals)%numLengthHeaders + minMatch
	if length == lengthHeaderMax+minMatch {
		more, ok := r.Symbol(&d.lengthCode, d.lengthLookup[:], lengthLookupBits)
		if !ok {
			return 0, corrupt("invalid length codeword at byte %d", pos)
		}
		length += more
	}
	offset, ok := d.offset((symbol-numLiterals)/numLengthHeaders, aligned, r)
	if !ok {
		return 0, corrupt("invalid aligned offset codeword at byte %d", pos)
	}
	if offset > pos || length > len(dst)-pos {
		return 0, badMatch(pos, length, offset, len(dst))
	}
	lz.Copy(dst, pos, offset, length)
	return pos + length, nil
}

// offset reads the rest of an offset and updates the recent ones.
func (d *decoder) offset(s int, aligned bool, r *huffman.Reader) (offset int, ok bool) {
	if s < numRecent {
		offset = d.recent[s]
		d.recent[s] = d.recent[0]
		d.recent[0] = offset
		return offset, true
	}
	r.Refill()
	n := uint(slots[s].bits)
	if aligned && n >= alignedBits {
		high := int(r.Bits(n-alignedBits)) << alignedBits
		low, ok := r.Symbol(&d.alignedCode, d.alignedLookup[:], alignedLookupBits)
		if !ok {
			return 0, false
		}
		offset = int(slots[s].base) + high + low - offsetAdjust
	} else {
		offset = int(slots[s].base) + int(r.Bits(n)) - offsetAdjust
	}
	d.recent = [numRecent]int{offset, d.recent[0], d.recent[1]}
	return offset, true
}

func badMatch(pos, length, offset, end int) error {
	return corrupt("match of %d bytes at distance %d from byte %d is outside of the output or of the block that ends at byte %d", length, offset, pos, end)
}
