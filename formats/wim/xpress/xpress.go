// Package xpress compresses and decompresses the chunks of WIM resources that
// use XPRESS, the "LZ77+Huffman" variant of [MS-XCA] §2.1 and §2.2.
//
// Every chunk stands alone: it begins with the 256-byte table of the codeword
// lengths of its 512 symbols, then come the codewords. Its uncompressed size is
// not in it and has to be known. A chunk that does not get smaller is stored
// as it is by the container, which therefore never passes it to a
// [Decompressor].
package xpress

import (
	"errors"
	"fmt"
)

// Limits of the chunk size, which is a power of two.
const (
	MinChunkSize = 1 << 12
	MaxChunkSize = 1 << 16
)

// ErrCorrupt is wrapped by the error for compressed data that is not valid.
var ErrCorrupt = errors.New("corrupt XPRESS data")

const (
	numSymbols  = 512
	numLiterals = 256
	maxCodeBits = 15
	minMatch    = 3
	tableSize   = numSymbols / 2 // bytes of the codeword lengths at the start
	longLength  = 15             // length in the symbol that says more follows
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func checkChunkSize(size int) error {
	if size < MinChunkSize || size > MaxChunkSize || size&(size-1) != 0 {
		return fmt.Errorf("XPRESS chunk size %d is not a power of two from %d to %d", size, MinChunkSize, MaxChunkSize)
	}
	return nil
}
