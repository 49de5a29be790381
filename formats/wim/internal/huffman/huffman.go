// Package huffman holds what the XPRESS and LZX codecs have in common: the
// stream of 16-bit little-endian words whose bits are used from the highest to
// the lowest, and canonical Huffman codes of at most 16 bits, both ways.
//
// A canonical code gives shorter codewords to the lower values and, within one
// length, to the lower symbols, so that it is described in full by the length
// of each symbol's codeword; length 0 stands for an unused symbol ([MS-XCA]
// §2.1.4.2, [MS-PATCH] §2.5).
package huffman

// MaxBits is the longest codeword this package knows.
const MaxBits = 16

// MaxSymbols is the largest alphabet this package knows: the LZX main alphabet
// of a 2 MiB window.
const MaxSymbols = 256 + 8*50
