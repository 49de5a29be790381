package lz

import (
	"encoding/binary"
	"math/bits"
)

// Pad is the number of bytes the buffer of a match finder has behind the data.
const Pad = 8

const (
	hash3Bits    = 12
	maxHash4Bits = 17
	multiplier   = 0x9E3779B1 // 2^32 divided by the golden ratio
)

// Chains finds matches by chains of positions with the same hash of four
// bytes, and by the last position with the same three bytes.
type Chains struct {
	Depth int // number of positions to look at
	Nice  int // length that is good enough to stop looking

	data  []byte   // with Pad
	head3 []uint32 // last position with a hash, + 1; 0 for none
	head4 []uint32
	shift uint // of the hash of four bytes
	links []link
	found []Match
}

// A link says for a position where the one before with the same hash of three
// or four bytes is, + 1; 0 for nowhere.
type link struct{ three, four uint32 }

// Match is a match at some position.
type Match struct{ Length, Offset int32 }

// NewChains returns a match finder for up to size bytes of data, a power of
// two.
func NewChains(size, depth, nice int) *Chains {
	hash4Bits := min(bits.Len(uint(size))-1, maxHash4Bits)
	return &Chains{
		Depth: depth,
		Nice:  nice,
		head3: make([]uint32, 1<<hash3Bits),
		head4: make([]uint32, 1<<hash4Bits),
		shift: uint(32 - hash4Bits),
		links: make([]link, size),
		found: make([]Match, 0, nice),
	}
}

// Reset starts with new data, which is followed by [Pad] more bytes.
func (c *Chains) Reset(data []byte) {
	c.data = data
	clear(c.head3)
	clear(c.head4)
}

// Skip adds n positions from pos on. Positions must be added in order, each
// once, by Skip or Longest.
func (c *Chains) Skip(pos, n int) {
	for end := pos + n; pos < end; pos++ {
		c.add(pos, binary.LittleEndian.Uint32(c.data[pos:]))
	}
}

// add adds a position with the four bytes there.
func (c *Chains) add(pos int, here uint32) link {
	three := &c.head3[here<<8*multiplier>>(32-hash3Bits)]
	four := &c.head4[here*multiplier>>(c.shift&31)]
	l := link{*three, *four}
	*three, *four = uint32(pos+1), uint32(pos+1)
	c.links[pos] = l
	return l
}

// Longest adds the position and returns the longest match there that is longer
// than best, which is at least 2, and not longer than limit; offset is 0 if
// there is none.
func (c *Chains) Longest(pos, best, limit int) (length, offset int) {
	here := binary.LittleEndian.Uint32(c.data[pos:])
	l := c.add(pos, here)
	if best >= limit {
		return best, 0
	}
	if best < 3 && c.three(l, here) {
		best, offset = 3, pos+1-int(l.three)
	}
	if limit < 4 {
		return best, offset
	}
	best = max(best, 3)
	tail := binary.LittleEndian.Uint32(c.data[pos+best-3:])
	for cur, depth := l.four, c.Depth; cur != 0 && depth > 0; depth-- {
		p := int(cur) - 1
		cur = c.links[p].four
		if binary.LittleEndian.Uint32(c.data[p+best-3:]) != tail || binary.LittleEndian.Uint32(c.data[p:]) != here {
			continue
		}
		if n := Extend(c.data, p, pos, 4, limit); n > best {
			best, offset = n, pos-p
			if n >= c.Nice || n >= limit {
				break
			}
			tail = binary.LittleEndian.Uint32(c.data[pos+best-3:])
		}
	}
	return best, offset
}

// three reports whether the link of three bytes leads to the same three.
func (c *Chains) three(l link, here uint32) bool {
	return l.three != 0 && (binary.LittleEndian.Uint32(c.data[l.three-1:])^here)<<8 == 0
}

// Matches returns matches of at most limit bytes at a position that was added
// before, each longer than the one before it, with the smallest offset found
// for its length. They are valid until the next call.
func (c *Chains) Matches(pos, limit int) []Match {
	found := c.found[:0]
	here, l := binary.LittleEndian.Uint32(c.data[pos:]), c.links[pos]
	if limit >= 3 && c.three(l, here) {
		found = append(found, Match{3, int32(pos) + 1 - int32(l.three)})
	}
	if limit < 4 {
		return found
	}
	best, tail := 3, here
	for cur, depth := l.four, c.Depth; cur != 0 && depth > 0; depth-- {
		p := int(cur) - 1
		cur = c.links[p].four
		if binary.LittleEndian.Uint32(c.data[p+best-3:]) != tail || binary.LittleEndian.Uint32(c.data[p:]) != here {
			continue
		}
		if n := Extend(c.data, p, pos, 4, limit); n > best {
			best = n
			found = append(found, Match{int32(n), int32(pos - p)})
			if n >= c.Nice || n >= limit {
				break
			}
			tail = binary.LittleEndian.Uint32(c.data[pos+best-3:])
		}
	}
	return found
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
