package lzx

import (
	"encoding/binary"
	"math/bits"

	"github.com/gildhq/gild/formats/wim/internal/lz"
)

// Effort and cost estimates, in bits, of lazy matching.
const (
	lazyDepth   = 16
	firstDepth  = 6 // where it only gives the near-optimal parser its start
	lazyNice    = 80
	literalCost = 6
	matchCost   = 7
	recentCost  = 6

	maxExtraBits = 17

	// Where data do not compress, ever fewer positions are looked at: one more
	// is left out for every so many without a match.
	missShift   = 7
	chanceMatch = 3 // length up to which a match may be by chance
)

// A match is a length and an offset that may be taken at some position. It is
// small enough to be passed in registers.
type match struct {
	length   int
	adjusted int // offset, or its index in the recent ones
	gain     int // estimate of the bits it saves; 0 if there is no match
}

// recentOffsets are the last three offsets, the latest first.
type recentOffsets [numRecent]int

// use makes the offset of a match the latest.
func (r *recentOffsets) use(adjusted int) {
	switch adjusted {
	case 0:
	case 1:
		r[0], r[1] = r[1], r[0]
	case 2:
		r[0], r[2] = r[2], r[0]
	default:
		*r = recentOffsets{adjusted - offsetAdjust, r[0], r[1]}
	}
}

// lazy divides the chunk into items: it takes the best match at a position
// unless a better one begins at the next. The first byte is a literal, so that
// the recent offsets never reach back too far.
func (c *Compressor) lazy(size int) {
	c.chains.Reset(c.data[:size+lz.Pad])
	c.chains.Skip(0, 1)
	items := append(c.items[:0], literalItem(c.data[0]))
	recent := recentOffsets{1, 1, 1}
	misses := 0 // positions without a match since the last that was not by chance
	for pos := 1; pos < size; {
		cur := c.bestMatch(pos, size, minMatch, c.chains.Depth, &recent)
		pos++
		if cur.gain == 0 {
			misses++
			end := min(pos+misses>>missShift, size)
			for _, b := range c.data[pos-1 : end] {
				items = append(items, literalItem(b))
			}
			pos = end
			continue
		}
		added := 1 // positions of the match
		for cur.length < lazyNice && pos < size {
			next := c.bestMatch(pos, size, max(minMatch, cur.length-1), c.chains.Depth/2, &recent)
			if next.gain <= cur.gain {
				added = 2
				break
			}
			items = append(items, literalItem(c.data[pos-1]))
			pos++
			cur = next
		}
		items = append(items, cur.item())
		recent.use(cur.adjusted)
		end := pos - 1 + cur.length
		c.chains.Skip(pos-1+added, cur.length-added)
		pos = end
		if cur.length > chanceMatch {
			misses = 0
		}
	}
	c.items = items
}

func (m match) item() item {
	if m.adjusted < numRecent {
		return matchItem(m.length, m.adjusted, 0)
	}
	s, extra := slotOf(m.adjusted - offsetAdjust)
	return matchItem(m.length, s, extra)
}

// bestMatch adds a position to the match finder and returns the match there
// that seems to save most.
func (c *Compressor) bestMatch(pos, size, over, depth int, recent *recentOffsets) match {
	limit := min(maxMatch, size-pos)
	length, offset := c.chains.Longest(pos, over, limit, depth)
	best := match{}
	if offset != 0 {
		best = match{length, offset + offsetAdjust, max(0, length*literalCost-matchCost-extraBits(offset))}
	} else if limit < minMatch {
		return best // recent offsets give no longer match
	}
	here := binary.LittleEndian.Uint16(c.data[pos:])
	for i, offset := range recent {
		if binary.LittleEndian.Uint16(c.data[pos-offset:]) != here {
			continue
		}
		n := lz.Extend(c.data, pos-offset, pos, minMatch, limit)
		if gain := n*literalCost - recentCost; gain > best.gain {
			best = match{n, i, gain}
		}
	}
	return best
}

// extraBits returns the number of extra bits of an offset.
func extraBits(offset int) int {
	return min(max(bits.Len32(uint32(offset+offsetAdjust))-2, 0), maxExtraBits)
}
