package lzx

import "math"

const (
	segmentItems = 1024 // block boundaries are looked for at every so many items
	headerCost   = 800  // estimate of the bits the codes at the start of a block take
)

// split divides the items into blocks: it begins a new one where codes of its
// own save more bits than they take.
func (c *Compressor) split() {
	c.blocks = c.blocks[:0]
	start := 0
	for at := 0; at < len(c.items); at += segmentItems {
		end := min(at+segmentItems, len(c.items))
		next := c.grow()
		next.count(c.items[at:end])
		next.items = c.items[at:end]
		if n := len(c.blocks); n > 1 {
			last := &c.blocks[n-2]
			merged := last.freqs
			merged.merge(&next.freqs)
			mergedCost := merged.cost()
			if mergedCost < last.cost+next.freqs.cost()+headerCost {
				last.freqs, last.cost = merged, mergedCost
				last.items = c.items[start:end]
				last.size += next.size
				c.blocks = c.blocks[:n-1]
				continue
			}
		}
		next.cost = next.freqs.cost()
		start = at
	}
}

// grow adds an empty block.
func (c *Compressor) grow() *block {
	if len(c.blocks) < cap(c.blocks) {
		c.blocks = c.blocks[:len(c.blocks)+1]
	} else {
		c.blocks = append(c.blocks, block{})
	}
	b := &c.blocks[len(c.blocks)-1]
	*b = block{}
	return b
}

func (b *block) count(items []item) {
	for _, it := range items {
		b.freqs.add(it)
		b.size += it.size()
	}
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

func entropy(freqs []uint32) float64 {
	total, sum := uint32(0), 0.0
	for _, n := range freqs {
		if n > 1 {
			sum += float64(n) * math.Log2(float64(n))
		}
		total += n
	}
	if total == 0 {
		return 0
	}
	return float64(total)*math.Log2(float64(total)) - sum
}
