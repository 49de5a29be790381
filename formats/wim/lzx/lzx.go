// Package lzx compresses and decompresses the chunks of WIM resources that use
// LZX, and decompresses the folders of cabinet files that do, as [Stream] has
// it ([MS-PATCH] §2 describes it in its LZX DELTA form). In WIM files
//
//   - every chunk stands alone, with a window as large as the chunk size;
//   - there is no header: the translation of x86 call targets is always on,
//     with a "file size" of 12000000, and covers the chunk as a whole;
//   - the size of a block is coded as one bit 1 for 32768, or a bit 0 and the
//     size in 16 bits, or in 24 bits if the window is larger than 32 KiB.
//
// The uncompressed size of a chunk is not in it and has to be known. A chunk
// that does not get smaller is stored as it is by the container, which
// therefore never passes it to a [Decompressor].
package lzx

import (
	"errors"
	"fmt"
	"math/bits"
)

// Limits of the chunk size, which is a power of two.
const (
	MinChunkSize = 1 << 15
	MaxChunkSize = 1 << 21
)

// ErrCorrupt is wrapped by the error for compressed data that is not valid.
var ErrCorrupt = errors.New("corrupt LZX data")

// Types of blocks.
const (
	blockVerbatim     = 1
	blockAligned      = 2
	blockUncompressed = 3
)

const (
	numLiterals      = 256
	numLengthHeaders = 8 // per offset slot
	numLengthSymbols = 249
	numAligned       = 8
	numPretree       = 20
	maxMainSymbols   = numLiterals + numLengthHeaders*maxSlots

	maxSlots     = 50
	numRecent    = 3
	offsetAdjust = numRecent - 1 // added to an offset for its slot and extra bits
	alignedBits  = 3             // low bits of an offset in the aligned code

	minMatch         = 2
	maxMatch         = minMatch + numLengthHeaders - 1 + numLengthSymbols - 1
	lengthHeaderMax  = numLengthHeaders - 1 // says that a length symbol follows
	defaultBlockSize = 1 << 15
)

// A slot is a range of adjusted offsets with the same number of extra bits.
type slot struct {
	base uint32
	bits uint8
}

// slots is the table of [MS-PATCH] §2.5 as the format extends it to 2 MiB; the
// first three slots stand for the recent offsets.
var slots = [maxSlots]slot{
	{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 1}, {6, 1}, {8, 2}, {12, 2},
	{16, 3}, {24, 3}, {32, 4}, {48, 4}, {64, 5}, {96, 5}, {128, 6}, {192, 6},
	{256, 7}, {384, 7}, {512, 8}, {768, 8}, {1024, 9}, {1536, 9}, {2048, 10}, {3072, 10},
	{4096, 11}, {6144, 11}, {8192, 12}, {12288, 12}, {16384, 13}, {24576, 13}, {32768, 14}, {49152, 14},
	{65536, 15}, {98304, 15}, {131072, 16}, {196608, 16}, {262144, 17}, {393216, 17}, {524288, 17}, {655360, 17},
	{786432, 17}, {917504, 17}, {1048576, 17}, {1179648, 17}, {1310720, 17}, {1441792, 17}, {1572864, 17}, {1703936, 17},
	{1835008, 17}, {1966080, 17},
}

// numSlots returns the number of slots a window of the given size has. Offsets
// must have a slot below, so the largest one is the size less 3.
func numSlots(windowSize int) int {
	n := 0
	for n < maxSlots && int(slots[n].base) < windowSize {
		n++
	}
	return n
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func checkChunkSize(size int) error {
	if size < MinChunkSize || size > MaxChunkSize || bits.OnesCount(uint(size)) != 1 {
		return fmt.Errorf("LZX chunk size %d is not a power of two from %d to %d", size, MinChunkSize, MaxChunkSize)
	}
	return nil
}
