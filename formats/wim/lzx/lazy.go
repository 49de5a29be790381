package lzx

import "github.com/gildhq/gild/formats/wim/internal/lz"

// Effort and cost estimates, in bits, of lazy matching.
const (
	lazyDepth   = 16
	firstDepth  = 6 // where it only gives the near-optimal parser its start
	lazyNice    = 48
	literalCost = 6
	matchCost   = 7
	recentCost  = 6
)

// A match is a length and an offset that may be taken at some position.
type match struct {
	length, offset int
	slot           int
	extra          uint32
	gain           int // estimate of the bits it saves
}

// recentOffsets are the last three offsets, the latest first.
type recentOffsets [numRecent]int

// use makes an offset of the given slot the latest.
func (r *recentOffsets) use(slot, offset int) {
	if slot < numRecent {
		r[slot], r[0] = r[0], offset
	} else {
		*r = recentOffsets{offset, r[0], r[1]}
	}
}

// lazy divides the chunk into items: it takes the best match at a position
// unless a better one begins at the next.
func (c *Compressor) lazy(size int) {
	c.chains.Reset(c.data[:size+lz.Pad])
	recent := recentOffsets{1, 1, 1}
	for pos := 0; pos < size; {
		cur := c.bestMatch(pos, size, minMatch, &recent)
		pos++
		for cur.gain > 0 && cur.length < lazyNice && pos < size {
			next := c.bestMatch(pos, size, max(minMatch, cur.length-1), &recent)
			pos++
			if next.gain <= cur.gain {
				c.items = append(c.items, matchItem(cur.length, cur.slot, cur.extra))
				c.chains.Skip(pos, cur.length-2)
				pos += cur.length - 2
				recent.use(cur.slot, cur.offset)
				cur.length = 0
				break
			}
			c.items = append(c.items, literalItem(c.data[pos-2]))
			cur = next
		}
		switch {
		case cur.length == 0:
		case cur.gain <= 0:
			c.items = append(c.items, literalItem(c.data[pos-1]))
		default:
			c.items = append(c.items, matchItem(cur.length, cur.slot, cur.extra))
			c.chains.Skip(pos, cur.length-1)
			pos += cur.length - 1
			recent.use(cur.slot, cur.offset)
		}
	}
}

// bestMatch adds a position to the match finder and returns the match there
// that seems to save most; its gain is 0 if none seems to save anything.
func (c *Compressor) bestMatch(pos, size, over int, recent *recentOffsets) match {
	limit := min(maxMatch, size-pos)
	best := match{length: 1}
	for i, offset := range recent {
		if offset > pos || c.data[pos] != c.data[pos-offset] {
			continue
		}
		n := lz.Extend(c.data, pos-offset, pos, 1, limit)
		if n >= minMatch && n > best.length {
			best = match{n, offset, i, 0, n*literalCost - recentCost}
		}
	}
	if best.length >= lazyNice {
		c.chains.Skip(pos, 1)
		return best
	}
	if length, offset := c.chains.Longest(pos, max(over, best.length), limit); offset != 0 {
		s, extra := slotOf(offset)
		if gain := length*literalCost - matchCost - int(slots[s].bits); gain > best.gain {
			best = match{length, offset, s, extra, gain}
		}
	}
	return best
}
