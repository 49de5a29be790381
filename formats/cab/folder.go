package cab

import "fmt"

// A Folder is a part of a cabinet that is compressed as a whole.
type Folder struct {
	Compression Compression
	Blocks      int    // number of blocks, each of at most 32 KiB of content
	Reserve     []byte // the application's area; nil if there is none

	number int   // in the cabinet
	offset int64 // of the first block
}

// maxSize is the most content the folder can have in a cabinet of that size.
func (f *Folder) maxSize(cabinet int64) int64 {
	blocks := min(int64(f.Blocks), max(cabinet-f.offset, 0)/dataHeader)
	return blocks * maxBlock
}

// Compression is how a folder is compressed: typeCompress of [MS-CAB] §2.2,
// the method in the four low bits.
type Compression uint16

// The methods.
const (
	Stored  Compression = 0
	MSZIP   Compression = 1
	Quantum Compression = 2
	LZX     Compression = 3
)

// Method returns c without its parameters.
func (c Compression) Method() Compression { return c & 15 }

// Window returns the size of the history in bytes, for LZX.
func (c Compression) Window() int { return 1 << (c >> 8 & 31) }

// String gives c the way makecab and its relatives write it, such as LZX:21.
func (c Compression) String() string {
	switch c.Method() {
	case Stored:
		return "none"
	case MSZIP:
		return "MSZIP"
	case Quantum:
		return "Quantum"
	case LZX:
		return fmt.Sprintf("LZX:%d", c>>8&31)
	}
	return fmt.Sprintf("compression %#04x", uint16(c))
}
