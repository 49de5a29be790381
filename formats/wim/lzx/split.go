package lzx

import "math/bits"

const (
	segmentItems = 512  // blocks consist of segments of up to so many items
	headerCost   = 1000 // estimate of the bits the codes at the start of a block take
	maxBlockSize = 1 << 16
)

// A block is a range of items and the number of bytes they stand for.
type block struct {
	items   []item
	size    int
	freqs   frequencies
	weights weights // of freqs
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
	items = items[:min(len(items), segmentItems)]
	for i, it := range items {
		size := it.size()
		if b.size+size > maxBlockSize {
			items = items[:i]
			break
		}
		b.size += size
		b.freqs.add(it)
	}
	b.items = items
	b.weights = b.freqs.weights()
}

// join adds what follows to the block, except for its items, if the two are
// not better apart.
func (b *block) join(next *block) bool {
	if b.size+next.size > maxBlockSize {
		return false
	}
	merged := weights{
		main:   b.weights.main.merge(next.weights.main, b.freqs.main[:], next.freqs.main[:]),
		length: b.weights.length.merge(next.weights.length, b.freqs.length[:], next.freqs.length[:]),
	}
	if merged.cost() >= b.weights.cost()+next.weights.cost()+headerCost {
		return false
	}
	b.freqs.merge(&next.freqs)
	b.weights = merged
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

// weights are what the number of bits of the codewords of main and length
// symbols is estimated from.
type weights struct{ main, length weight }

// A weight is the number of the symbols of one code and the sum of n log n of
// their frequencies.
type weight struct {
	symbols uint32
	sum     float64
}

func (f *frequencies) weights() weights {
	return weights{weigh(f.main[:]), weigh(f.length[:])}
}

// cost estimates the bits that the codewords of main and length symbols take.
func (w *weights) cost() float64 { return w.main.entropy() + w.length.entropy() }

// entropy is the number of bits an ideal code takes for all occurrences.
func (w weight) entropy() float64 { return logarithmic(w.symbols) - w.sum }

func weigh(freqs []uint32) (w weight) {
	for _, n := range freqs {
		if n > 0 {
			w.symbols += n
			w.sum += logarithmic(n)
		}
	}
	return w
}

// merge returns the weight of the sums of the frequencies of which w and next
// are the weights. Only what is in next takes time.
func (w weight) merge(next weight, freqs, nextFreqs []uint32) weight {
	w.symbols += next.symbols
	freqs = freqs[:len(nextFreqs)]
	for i, n := range nextFreqs {
		if n > 0 {
			w.sum += logarithmic(freqs[i]+n) - logarithmic(freqs[i])
		}
	}
	return w
}

// logarithmic returns n log n, to the base of 2.
func logarithmic(n uint32) float64 {
	if n <= 1 {
		return 0
	}
	return float64(n) * log2(n)
}

// log2 returns the binary logarithm of n, which is not 0, within 0.01.
func log2(n uint32) float64 {
	whole := bits.Len32(n) - 1
	x := float64(n<<(31-whole)&(1<<31-1)) / (1 << 31)
	return float64(whole) + x + 0.344*x*(1-x)
}
