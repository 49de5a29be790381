package wim

import (
	"fmt"

	"github.com/gildhq/gild/formats/wim/lzx"
	"github.com/gildhq/gild/formats/wim/xpress"
)

// Compression is the way the blobs of a file are compressed.
type Compression uint8

// The compressions this package reads and writes.
const (
	None Compression = iota
	XPRESS
	LZX
)

// DefaultChunkSize is the chunk size of files written by Windows.
const DefaultChunkSize = 32768

// String returns the name DISM and wimlib use.
func (c Compression) String() string {
	switch c {
	case None:
		return "None"
	case XPRESS:
		return "XPRESS"
	case LZX:
		return "LZX"
	}
	return fmt.Sprintf("Compression(%d)", uint8(c))
}

func (c Compression) flags() HeaderFlags {
	switch c {
	case XPRESS:
		return FlagCompression | FlagXPRESS
	case LZX:
		return FlagCompression | FlagLZX
	}
	return 0
}

// checkChunkSize reports whether chunks may hold n bytes of content.
func (c Compression) checkChunkSize(n int) error {
	low, high := 0, 0
	switch c {
	case XPRESS:
		low, high = 1<<12, 1<<16
	case LZX:
		low, high = 1<<15, 1<<21
	}
	if n < low || n > high || n&(n-1) != 0 {
		return fmt.Errorf("chunk size %d: %s takes powers of two from %d to %d", n, c, low, high)
	}
	return nil
}

// decompressor decodes one chunk; dst has exactly the size of its content.
type decompressor interface {
	Decompress(dst, src []byte) error
}

func (c Compression) newDecompressor(chunkSize int) (decompressor, error) {
	switch c {
	case XPRESS:
		return xpress.NewDecompressor(chunkSize)
	case LZX:
		return lzx.NewDecompressor(chunkSize)
	}
	return nil, fmt.Errorf("%w: a compressed resource in a file without compression", ErrCorrupt)
}

// compressor encodes one chunk; ok is false where it would not get smaller.
type compressor interface {
	Compress(dst, src []byte) (n int, ok bool)
}

func (c Compression) newCompressor(chunkSize int, best bool) (compressor, error) {
	switch c {
	case XPRESS:
		return xpress.NewCompressor(chunkSize)
	case LZX:
		level := lzx.Fast
		if best {
			level = lzx.Best
		}
		return lzx.NewCompressor(chunkSize, level)
	}
	return nil, fmt.Errorf("%s has no compressor", c)
}
