package lz

import (
	"encoding/binary"
	"math/bits"
)

// Pad is the number of bytes the buffer of a match finder has behind the data.
const Pad = 8

// Chains finds matches by chains of positions with the same hash of four
// bytes, and by the last position with the same three bytes.
type Chains struct {
	Depth int // number of positions to look at
	Nice  int // length that is good enough to stop looking

	data  []byte   // with Pad
	head3 []uint32 // last position + 1 with a hash, 0 for none
	head4 []uint32
	next  []uint32 // by position: the one before with the same hash
}

const (
	hash3Bits = 12
	hash4Bits = 15
)

// NewChains returns a match finder for up to size bytes of data.
func NewChains(size, depth, nice int) *Chains {
	return &Chains{
		Depth: depth,
		Nice:  nice,
		head3: make([]uint32, 1<<hash3Bits),
		head4: make([]uint32, 1<<hash4Bits),
		next:  make([]uint32, size),
	}
}

// Reset starts with new data, which is followed by [Pad] more bytes.
func (c *Chains) Reset(data []byte) {
	c.data = data
	clear(c.head3)
	clear(c.head4)
}

// Longest adds the position and returns the longest match there that is longer
// than best, which is at least 2, and not longer than limit; offset is 0 if
// there is none. Positions must be added in order, each once.
func (c *Chains) Longest(pos, best, limit int) (length, offset int) {
	here := binary.LittleEndian.Uint32(c.data[pos:])
	h3, h4 := hash3(here), hash4(here)
	before3, cur := int(c.head3[h3])-1, c.head4[h4]
	c.head3[h3], c.head4[h4] = uint32(pos+1), uint32(pos+1)
	c.next[pos] = cur
	if best >= limit {
		return best, 0
	}
	if best < 3 && before3 >= 0 && (binary.LittleEndian.Uint32(c.data[before3:])^here)<<8 == 0 {
		best, offset = 3, pos-before3
	}
	if limit < 4 {
		return best, offset
	}
	best = max(best, 3)
	tail := binary.LittleEndian.Uint32(c.data[pos+best-3:])
	for depth := c.Depth; cur != 0 && depth > 0; depth-- {
		p := int(cur) - 1
		cur = c.next[p]
		if binary.LittleEndian.Uint32(c.data[p+best-3:]) != tail || binary.LittleEndian.Uint32(c.data[p:]) != here {
			continue
		}
		n := Extend(c.data, p, pos, 4, limit)
		if n > best {
			best, offset = n, pos-p
			if n >= c.Nice || n >= limit {
				break
			}
			tail = binary.LittleEndian.Uint32(c.data[pos+best-3:])
		}
	}
	return best, offset
}

// Skip adds n positions from pos on.
func (c *Chains) Skip(pos, n int) {
	for end := pos + n; pos < end; pos++ {
		here := binary.LittleEndian.Uint32(c.data[pos:])
		h3, h4 := hash3(here), hash4(here)
		c.next[pos] = c.head4[h4]
		c.head3[h3], c.head4[h4] = uint32(pos+1), uint32(pos+1)
	}
}

// Extend returns how many bytes at a and b are equal, given that the first n
// are, up to limit.
func Extend(data []byte, a, b, n, limit int) int {
	for n+8 <= limit {
		x := binary.LittleEndian.Uint64(data[a+n:]) ^ binary.LittleEndian.Uint64(data[b+n:])
		if x != 0 {
			return n + bits.TrailingZeros64(x)>>3
		}
		n += 8
	}
	for n < limit && data[a+n] == data[b+n] {
		n++
	}
	return n
}

func hash3(v uint32) uint32 { return (v << 8) * 0x9E3779B1 >> (32 - hash3Bits) }

func hash4(v uint32) uint32 { return v * 0x9E3779B1 >> (32 - hash4Bits) }
