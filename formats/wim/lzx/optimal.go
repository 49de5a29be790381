package lzx

import (
	"math"
	"slices"

	"github.com/gildhq/gild/formats/wim/internal/lz"
)

// Effort of near-optimal parsing.
const (
	optimalDepth = 16
	optimalNice  = 32
)

// A node is the cheapest way known to get to a position of a block, packed so
// that the lesser node is the better one: from the highest bit on, the cost in
// 32 bits, the adjusted offset of the last match, or its index in the recent
// offsets, in 23 bits, and its length in 9 bits, which is 1 for a literal.
type node uint64

const (
	nodeCost   = 32
	nodeOffset = 9
	costScale  = 16 // of a bit
)

func (n node) cost() uint32  { return uint32(n >> nodeCost) }
func (n node) length() int   { return int(n & (1<<nodeOffset - 1)) }
func (n node) adjusted() int { return int(uint32(n) >> nodeOffset) }

// costs are the costs of items under the codes a block will probably have.
type costs struct {
	literal [numLiterals]uint32
	match   [maxSlots][maxMatch + 1]uint32 // by slot and length
	aligned [numAligned]uint32             // in addition, may wrap around
}

// optimizer finds cheap items for blocks.
type optimizer struct {
	data    []byte
	chains  *lz.Chains
	matches []lz.Match
	costs   costs
	nodes   []node
	recent  []packedRecent // by position of the block
	slots   int
}

// packedRecent is the three recent offsets, the latest lowest, in 21 bits each.
type packedRecent uint64

const (
	recentBits = 21
	recentMask = 1<<recentBits - 1
)

func (r packedRecent) get(i int) int { return int(r >> (recentBits * i & 63) & recentMask) }

// use makes the offset of an item, given as in a node, the latest.
func (r packedRecent) use(adjusted int) packedRecent {
	const low = recentMask
	switch adjusted {
	case 0:
		return r
	case 1:
		return r&^(1<<(2*recentBits)-1) | r&low<<recentBits | r>>recentBits&low
	case 2:
		return r&(low<<recentBits) | r&low<<(2*recentBits) | r>>(2*recentBits)&low
	default:
		return r<<recentBits&(1<<(3*recentBits)-1) | packedRecent(adjusted-offsetAdjust)
	}
}

func newOptimizer(chunkSize int, chains *lz.Chains) *optimizer {
	return &optimizer{
		chains: chains,
		nodes:  make([]node, maxBlockSize+maxMatch+1),
		recent: make([]packedRecent, maxBlockSize+1),
		slots:  numSlots(chunkSize),
	}
}

// reset starts with new data, which is followed by [lz.Pad] more bytes.
func (o *optimizer) reset(data []byte) {
	o.data = data
	o.chains.Reset(data)
	o.recent[0] = 1<<(2*recentBits) | 1<<recentBits | 1
}

// parse appends to items the cheapest ones it finds for the block of size bytes
// at pos, which follows the one parsed before.
func (o *optimizer) parse(items []item, pos, size int) []item {
	nodes := o.nodes[:size+1]
	for i := range nodes {
		nodes[i] = math.MaxUint64
	}
	nodes[0] = 0
	for i := 0; i < size; {
		if i > 0 {
			o.arrive(i)
		}
		i += o.step(pos, i, size)
	}
	o.arrive(size)
	o.recent[0] = o.recent[size]
	return o.trace(items, pos, size)
}

// arrive works out the recent offsets at a position from the way to it.
func (o *optimizer) arrive(i int) {
	n := o.nodes[i]
	length := n.length()
	r := o.recent[i-length]
	if length > 1 {
		r = r.use(n.adjusted())
	}
	o.recent[i] = r
}

// step tries all items that may begin at a position of the block and returns
// by how much to advance.
func (o *optimizer) step(base, i, size int) int {
	pos, limit := base+i, min(maxMatch, size-i)
	cost := o.nodes[i].cost()
	o.relax(i, 1, cost+o.costs.literal[o.data[pos]], 0)
	recent := o.recent[i]
	for r := range numRecent {
		offset := recent.get(r)
		if offset > pos || o.data[pos] != o.data[pos-offset] || limit < minMatch {
			continue
		}
		n := lz.Extend(o.data, pos-offset, pos, 1, limit)
		if n >= optimalNice {
			o.relax(i, n, cost+o.costs.match[r][n], r)
			o.chains.Skip(pos, n)
			return n
		}
		o.relaxAll(i, minMatch, n, cost, r, r)
	}
	first := minMatch
	o.matches = o.chains.Matches(o.matches[:0], pos, limit)
	for _, m := range o.matches {
		length, offset := int(m.Length), int(m.Offset)
		s, extra := slotOf(offset)
		c := cost
		if slots[s].bits >= alignedBits {
			c += o.costs.aligned[extra&(numAligned-1)]
		}
		if length >= optimalNice {
			o.relax(i, length, c+o.costs.match[s][length], offset+offsetAdjust)
			o.chains.Skip(pos+1, length-1)
			return length
		}
		o.relaxAll(i, first, length, c, s, offset+offsetAdjust)
		first = length + 1
	}
	return 1
}

func (o *optimizer) relax(i, length int, cost uint32, adjusted int) {
	n := node(cost)<<nodeCost | node(adjusted)<<nodeOffset | node(length)
	if at := &o.nodes[i+length]; n < *at {
		*at = n
	}
}

// relaxAll tries matches of all lengths from first to last with one offset.
func (o *optimizer) relaxAll(i, first, last int, cost uint32, s, adjusted int) {
	if first > last {
		return
	}
	nodes, row := o.nodes[i+first:i+last+1], o.costs.match[s][first:last+1]
	nodes = nodes[:len(row)]
	n := node(cost)<<nodeCost | node(adjusted)<<nodeOffset | node(first)
	for j, c := range row {
		nodes[j] = min(nodes[j], n+node(c)<<nodeCost+node(j))
	}
}

// trace appends the items of the cheapest way to the end of the block.
func (o *optimizer) trace(items []item, pos, size int) []item {
	start := len(items)
	for i := size; i > 0; {
		n := o.nodes[i]
		length, adjusted := n.length(), n.adjusted()
		i -= length
		switch {
		case length == 1:
			items = append(items, literalItem(o.data[pos+i]))
		case adjusted < numRecent:
			items = append(items, matchItem(length, adjusted, 0))
		default:
			s, extra := slotOf(adjusted - offsetAdjust)
			items = append(items, matchItem(length, s, extra))
		}
	}
	slices.Reverse(items[start:])
	return items
}

// setCosts takes the costs from the frequencies of symbols a block is expected
// to have.
func (o *optimizer) setCosts(f *frequencies) {
	var (
		mainCosts    [maxMainSymbols]uint32
		lengthCosts  [numLengthSymbols]uint32
		alignedCosts [numAligned]uint32
	)
	symbolCosts(mainCosts[:numLiterals+numLengthHeaders*o.slots], f.main[:numLiterals+numLengthHeaders*o.slots])
	symbolCosts(lengthCosts[:], f.length[:])
	symbolCosts(alignedCosts[:], f.aligned[:])
	copy(o.costs.literal[:], mainCosts[:])
	for s := range o.slots {
		headers := mainCosts[numLiterals+s*numLengthHeaders:][:numLengthHeaders]
		extra := costScale * uint32(slots[s].bits)
		for length := minMatch; length <= maxMatch; length++ {
			c := extra
			if header := length - minMatch; header < lengthHeaderMax {
				c += headers[header]
			} else {
				c += headers[lengthHeaderMax] + lengthCosts[header-lengthHeaderMax]
			}
			o.costs.match[s][length] = c
		}
	}
	for i, c := range alignedCosts {
		o.costs.aligned[i] = min(c, costScale*alignedBits) - costScale*alignedBits
	}
}

// symbolCosts sets the cost of each symbol; one that was not seen costs as
// much as if it had been half a time.
func symbolCosts(out, freqs []uint32) {
	total := 0.0
	for _, f := range freqs {
		total += max(float64(f), 0.5)
	}
	for i, f := range freqs {
		bits := math.Log2(total / max(float64(f), 0.5))
		out[i] = uint32(costScale * max(1, min(16, bits)))
	}
}
