package lz

import "encoding/binary"

// Match is a match at some position.
type Match struct{ Length, Offset int32 }

// Tree finds matches by binary trees of the positions with the same hash of
// four bytes, sorted by what follows, and by the last position with the same
// three bytes.
type Tree struct {
	depth int // number of positions to look at
	nice  int // length at which it stops looking

	data     []byte   // with Pad
	head3    []uint32 // last position + 1 with a hash, 0 for none
	head4    []uint32
	children [][2]uint32 // by position: position + 1 of what is less, and more
	found    [64]Match
}

// NewTree returns a match finder for up to size bytes of data.
func NewTree(size, depth, nice int) *Tree {
	return &Tree{
		depth:    depth,
		nice:     nice,
		head3:    make([]uint32, 1<<hash3Bits),
		head4:    make([]uint32, 1<<hash4Bits),
		children: make([][2]uint32, size),
	}
}

// Reset starts with new data, which is followed by [Pad] more bytes.
func (t *Tree) Reset(data []byte) {
	t.data = data
	clear(t.head3)
	clear(t.head4)
}

// Matches adds the position and returns matches there of at most limit bytes,
// each longer than the one before, with the smallest offset found for its
// length. They are valid until the next call. Positions must be added in
// order, each once.
func (t *Tree) Matches(pos, limit int) []Match {
	found := t.found[:0]
	here := binary.LittleEndian.Uint32(t.data[pos:])
	h3 := hash3(here)
	before := int(t.head3[h3]) - 1
	t.head3[h3] = uint32(pos + 1)
	if limit < 4 {
		return found
	}
	if before >= 0 && (binary.LittleEndian.Uint32(t.data[before:])^here)<<8 == 0 {
		found = append(found, Match{3, int32(pos - before)})
	}
	return t.search(found, here, pos, limit)
}

// Skip adds n positions from pos on, when limit bytes are left at the first.
func (t *Tree) Skip(pos, n, limit int) {
	for range n {
		if limit < 4 {
			return
		}
		here := binary.LittleEndian.Uint32(t.data[pos:])
		t.head3[hash3(here)] = uint32(pos + 1)
		t.search(t.found[:0], here, pos, min(limit, t.nice))
		pos++
		limit--
	}
}

// search walks down the tree of the position's hash, splits it into what is
// less and what is more than the data at the position, which becomes its root,
// and adds the matches it meets.
func (t *Tree) search(found []Match, here uint32, pos, limit int) []Match {
	h4 := hash4(here)
	cur := t.head4[h4]
	t.head4[h4] = uint32(pos + 1)
	data, children := t.data, t.children
	stop := min(limit, t.nice)
	best, lessLen, moreLen := 3, 0, 0
	less, more := &children[pos][0], &children[pos][1]
	for depth := t.depth; ; depth-- {
		if cur == 0 || depth == 0 {
			*less, *more = 0, 0
			return found
		}
		p := int(cur) - 1
		n := min(lessLen, moreLen)
		a, b := data[p+n], data[pos+n]
		if a == b {
			n = Extend(data, p, pos, n+1, stop)
			if n > best {
				best = n
				if n >= stop {
					n = Extend(data, p, pos, n, limit)
					found = append(found, Match{int32(n), int32(pos - p)})
					*less, *more = children[p][0], children[p][1]
					return found
				}
				found = append(found, Match{int32(n), int32(pos - p)})
			}
			a, b = data[p+n], data[pos+n]
		}
		if a < b {
			*less = cur
			less = &children[p][1]
			lessLen = n
			cur = *less
		} else {
			*more = cur
			more = &children[p][0]
			moreLen = n
			cur = *more
		}
	}
}
