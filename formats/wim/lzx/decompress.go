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

// Decompressor decompresses chunks one after the other. It is not safe for
// concurrent use.
type Decompressor struct {
	chunkSize int
	mainSyms  int

	// State of the chunk at hand.
	recent     [numRecent]int
	mainLens   [maxMainSymbols]uint8
	lengthLens [numLengthSymbols]uint8

	mainCode, lengthCode, alignedCode, pretree huffman.Code

	mainLookup    [1 << mainLookupBits]huffman.Entry
	lengthLookup  [1 << lengthLookupBits]huffman.Entry
	alignedLookup [1 << alignedLookupBits]huffman.Entry
	pretreeLookup [1 << pretreeLookupBits]huffman.Entry
}

// NewDecompressor returns a decompressor for chunks of WIM files with the
// given chunk size, which is the size of the window as well.
func NewDecompressor(chunkSize int) (*Decompressor, error) {
	if err := checkChunkSize(chunkSize); err != nil {
		return nil, err
	}
	return &Decompressor{
		chunkSize: chunkSize,
		mainSyms:  numLiterals + numLengthHeaders*numSlots(chunkSize),
	}, nil
}

// Decompress decompresses the chunk src into dst, whose length is the
// uncompressed size of the chunk. On success all of dst is written; an error
// wraps [ErrCorrupt] and leaves the content of dst undefined.
func (d *Decompressor) Decompress(dst, src []byte) error {
	if len(dst) > d.chunkSize {
		return corrupt("uncompressed size %d is larger than the chunk size %d", len(dst), d.chunkSize)
	}
	d.recent = [numRecent]int{1, 1, 1}
	clear(d.mainLens[:])
	clear(d.lengthLens[:])
	r := huffman.Reader{Src: src}
	for pos := 0; pos < len(dst); {
		size, err := d.block(dst, pos, &r)
		if err != nil {
			return err
		}
		pos += size
	}
	decodeE8(dst)
	return nil
}

// block decompresses the next block to dst[pos:] and returns its size.
func (d *Decompressor) block(dst []byte, pos int, r *huffman.Reader) (int, error) {
	kind := r.Read(3)
	size := d.blockSize(r)
	if size == 0 || size > len(dst)-pos {
		return 0, corrupt("block of %d bytes at byte %d of %d", size, pos, len(dst))
	}
	var err error
	switch kind {
	case blockUncompressed:
		err = d.uncompressed(dst[pos:pos+size], r)
	case blockVerbatim, blockAligned:
		if err = d.readCodes(kind == blockAligned, r); err == nil {
			err = d.compressed(dst, pos, pos+size, kind == blockAligned, r)
		}
	default:
		err = corrupt("block of unknown type %d at byte %d", kind, pos)
	}
	if err == nil && r.Overrun() {
		err = corrupt("the data ends within the block at byte %d", pos)
	}
	return size, err
}

func (d *Decompressor) blockSize(r *huffman.Reader) int {
	if r.Read(1) == 1 {
		return defaultBlockSize
	}
	if d.chunkSize > 1<<15 {
		return int(r.Read(24))
	}
	return int(r.Read(16))
}

// uncompressed reads an uncompressed block: the recent offsets and the bytes,
// padded to whole words, though the padding may be missing at the end.
func (d *Decompressor) uncompressed(dst []byte, r *huffman.Reader) error {
	r.Align()
	if len(r.Src)-r.Pos < 4*numRecent+len(dst) {
		return corrupt("the data ends within an uncompressed block of %d bytes", len(dst))
	}
	for i := range d.recent {
		v := binary.LittleEndian.Uint32(r.Src[r.Pos:])
		if v == 0 || v > uint32(d.chunkSize) {
			return corrupt("recent offset %d of an uncompressed block", v)
		}
		d.recent[i] = int(v)
		r.Pos += 4
	}
	copy(dst, r.Src[r.Pos:])
	r.Pos = min(r.Pos+(len(dst)+1)&^1, len(r.Src))
	return nil
}

// compressed decodes the symbols of a block that covers dst[pos:end].
func (d *Decompressor) compressed(dst []byte, pos, end int, aligned bool, r *huffman.Reader) error {
	pos, err := d.fast(dst, pos, end, aligned, r)
	for err == nil && pos < end && !r.Overrun() {
		pos, err = d.careful(dst[:end], pos, aligned, r)
	}
	return err
}

// careful decodes one symbol, wherever the end of the source may be, and
// returns the position behind it.
func (d *Decompressor) careful(dst []byte, pos int, aligned bool, r *huffman.Reader) (int, error) {
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
func (d *Decompressor) offset(s int, aligned bool, r *huffman.Reader) (offset int, ok bool) {
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
