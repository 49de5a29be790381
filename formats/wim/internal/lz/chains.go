package lz

import (
	"encoding/binary"
	"math/bits"
)

// Pad is the number of bytes the buffer of a match finder has behind the data.
const Pad = 8

const (
	hash3Bits    = 14
	maxHash4Bits = 17
	multiplier   = 0x9E3779B1 // 2^32 divided by the golden ratio
)

// Chains finds matches by chains of positions with the same hash of four
// bytes, and by the last position with the same three bytes.
type Chains struct {
	Depth int // number of positions Matches looks at
	Nice  int // length that is good enough to stop looking

	data  []byte // with Pad
	head3 [1 << hash3Bits]uint32
	head4 []uint32 // last position with a hash, + 1; 0 for none
	shift uint     // of the hash of four bytes
	next  []uint32 // for a position the one before with the same hash, likewise
}

// Match is a match at some position.
type Match struct{ Length, Offset int32 }

// NewChains returns a match finder for up to size bytes of data, a power of
// two.
func NewChains(size, depth, nice int) *Chains {
	hash4Bits := min(bits.Len(uint(size)), maxHash4Bits)
	return &Chains{
		Depth: depth,
		Nice:  nice,
		head4: make([]uint32, 1<<hash4Bits),
		shift: uint(32 - hash4Bits),
		next:  make([]uint32, size),
	}
}

// Reset starts with new data, which is followed by [Pad] more bytes.
func (c *Chains) Reset(data []byte) {
	c.data = data
	clear(c.head3[:])
	clear(c.head4)
}

// Skip adds n positions from pos on. Positions must be added in order, each
// once, by Skip, Longest or Matches.
func (c *Chains) Skip(pos, n int) {
	data, head4, next := c.data, c.head4, c.next
	shift := c.shift & 31
	for i, end := uint32(pos), uint32(pos+n); i < end; i++ {
		here := load32(data, i)
		four := &head4[here*multiplier>>shift]
		next[i], *four = *four, i+1
		c.head3[hash3(here)] = i + 1
	}
}

func hash3(here uint32) uint32 { return here << 8 * multiplier >> (32 - hash3Bits) }

// add adds a position with the four bytes there and returns the ones before
// with the same hash of three and four bytes.
func (c *Chains) add(pos, here uint32) (three, four uint32) {
	head3, head4 := &c.head3[hash3(here)], &c.head4[here*multiplier>>(c.shift&31)]
	three, four = *head3, *head4
	*head3, *head4 = pos+1, pos+1
	c.next[pos] = four
	return three, four
}

// Longest adds the position and returns the longest match there, of the last
// depth positions with the same hash, that is longer than best, which is at
// least 2, and not longer than limit; offset is 0 if there is none.
func (c *Chains) Longest(pos, best, limit, depth int) (length, offset int) {
	data, next := c.data, c.next
	here := load32(data, uint32(pos))
	three, cur := c.add(uint32(pos), here)
	if best >= limit {
		return best, 0
	}
	if best < 3 {
		if three != 0 && (load32(data, three-1)^here)<<8 == 0 {
			offset = pos + 1 - int(three)
			best = 3
		}
		if limit < 4 {
			return best, offset
		}
		if cur == 0 {
			return best, offset
		}
		best = 3
	}
	at := uint32(best - 3)
	tail := load32(data, uint32(pos)+at)
	for ; cur != 0; cur = next[cur-1] {
		for load32(data, cur-1+at) != tail || load32(data, cur-1) != here {
			if depth--; depth <= 0 {
				return best, offset
			}
			if cur = next[cur-1]; cur == 0 {
				return best, offset
			}
		}
		if n := Extend(data, int(cur-1), pos, 4, limit); n > best {
			best, offset = n, pos+1-int(cur)
			if n >= c.Nice || n >= limit {
				break
			}
			at = uint32(best - 3)
			tail = load32(data, uint32(pos)+at)
		}
		if depth--; depth <= 0 {
			break
		}
	}
	return best, offset
}

// Matches adds the position and appends to found matches of at most limit
// bytes there, each longer than the one before it, with the smallest offset
// found for its length.
func (c *Chains) Matches(found []Match, pos, limit int) []Match {
	data, next := c.data, c.next
	here := load32(data, uint32(pos))
	three, cur := c.add(uint32(pos), here)
	if limit >= 3 && three != 0 && (load32(data, three-1)^here)<<8 == 0 {
		found = append(found, Match{3, int32(pos) + 1 - int32(three)})
	}
	if limit < 4 {
		return found
	}
	best, at, tail := 3, uint32(0), here
	for depth := c.Depth; cur != 0 && depth > 0; depth-- {
		p := cur - 1
		cur = next[p]
		if load32(data, p+at) != tail || load32(data, p) != here {
			continue
		}
		if n := Extend(data, int(p), pos, 4, limit); n > best {
			best = n
			found = append(found, Match{int32(n), int32(pos) - int32(p)})
			if n >= c.Nice || n >= limit {
				break
			}
			at = uint32(best - 3)
			tail = load32(data, uint32(pos)+at)
		}
	}
	return found
}

// Extend returns how many bytes at a and b are equal, given that the first n
// are, up to limit.
func Extend(data []byte, a, b, n, limit int) int {
	for n+8 <= limit {
		x := load64(data, uint32(a+n)) ^ load64(data, uint32(b+n))
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

// load32 and load64 read a word at a position, which is 32 bits so that one
// check of bounds is enough.
func load32(data []byte, pos uint32) uint32 {
	p := uint(pos)
	return binary.LittleEndian.Uint32(data[p : p+4 : p+4])
}

func load64(data []byte, pos uint32) uint64 {
	p := uint(pos)
	return binary.LittleEndian.Uint64(data[p : p+8 : p+8])
}
