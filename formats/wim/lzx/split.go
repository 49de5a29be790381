package lzx

import "math/bits"

const (
	segmentItems = 512  // blocks consist of segments of up to so many items
	headerCost   = 1000 // estimate of the bits the codes at the start of a block take
	maxBlockSize = 1 << 16
)

// A block is a range of items and the number of bytes they stand for.
type block struct {
	items []item
	size  int
	freqs frequencies
	cost  float64 // of freqs
}

// split divides the items into blocks: it begins a new one where codes of its
// own save more bits than they take.
func (c *Compressor) split() {
	c.blocks = c.blocks[:0]
	start := 0 // of the last block
	for at := 0; at < len(c.items); {
		c.next.take(c.items[at:])
		end := at + len(c.next.items)
		if len(c.blocks) > 0 && c.blocks[len(c.blocks)-1].join(&c.next) {
			c.blocks[len(c.blocks)-1].items = c.items[start:end]
		} else {
			c.blocks = append(c.blocks, c.next)
			start = at
		}
		at = end
	}
}

// take makes the block one segment from the start of items.
func (b *block) take(items []item) {
	*b = block{}
	for i, it := range items[:min(len(items), segmentItems)] {
		size := it.size()
		if b.size+size > maxBlockSize {
			items = items[:i]
			break
		}
		b.size += size
		b.freqs.add(it)
	}
	b.items = items[:min(len(items), segmentItems)]
	b.cost = b.freqs.cost()
}

// join adds what follows to the block, except for its items, if the two are
// not better apart.
func (b *block) join(next *block) bool {
	if b.size+next.size > maxBlockSize {
		return false
	}
	merged := b.freqs
	merged.merge(&next.freqs)
	cost := merged.cost()
	if cost >= b.cost+next.cost+headerCost {
		return false
	}
	b.freqs, b.cost = merged, cost
	b.size += next.size
	return true
}

func (f *frequencies) merge(g *frequencies) {
	for i, n := range g.main {
		f.main[i] += n
	}
	for i, n := range g.length {
		f.length[i] += n
	}
	for i, n := range g.aligned {
		f.aligned[i] += n
	}
}

// cost estimates the bits that the codewords of main and length symbols take:
// their entropy.
func (f *frequencies) cost() float64 {
	return entropy(f.main[:]) + entropy(f.length[:])
}

// entropy is the number of bits an ideal code takes for all occurrences.
func entropy(freqs []uint32) float64 {
	total, sum := uint32(0), 0.0
	for _, n := range freqs {
		if n > 1 {
			sum += float64(n) * log2(n)
		}
		total += n
	}
	if total == 0 {
		return 0
	}
	return float64(total)*log2(total) - sum
}

// log2 returns the binary logarithm of n, which is not 0, within 0.01.
func log2(n uint32) float64 {
	whole := bits.Len32(n) - 1
	x := float64(n<<(31-whole)&(1<<31-1)) / (1 << 31)
	return float64(whole) + x + 0.344*x*(1-x)
}
