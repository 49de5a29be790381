package huffman

import "slices"

// A Codeword is the bits that stand for a symbol; Len is 0 for an unused
// symbol.
type Codeword struct {
	Bits uint16
	Len  uint8
}

// Encoder makes codes for encoding. It holds working memory only.
type Encoder struct {
	symbols [MaxSymbols]uint32 // used symbols by frequency, frequency<<symbolBits | symbol
	nodes   [MaxSymbols]uint32
	buckets [bucketCount + 1]uint16
}

const (
	symbolBits  = 10
	bucketCount = 512 // frequencies that are sorted by counting
)

// Build makes a canonical code with codewords of at most maxBits bits for
// symbols of the given frequencies, each below 1<<22, as good as a Huffman
// code wherever that keeps the limit. The code is complete: with a single used
// symbol, it gets a second codeword; with none, it is empty.
func (e *Encoder) Build(code []Codeword, freqs []uint32, maxBits int) {
	clear(code)
	symbols := e.sort(freqs)
	switch len(symbols) {
	case 0:
		return
	case 1:
		symbol := int(symbols[0] & (1<<symbolBits - 1))
		other := 0
		if symbol == 0 {
			other = 1
		}
		code[min(symbol, other)] = Codeword{0, 1}
		code[max(symbol, other)] = Codeword{1, 1}
		return
	}
	var count [MaxSymbols]uint32 // number of codewords of each length
	e.depths(&count, symbols)
	limit(&count, maxBits, len(symbols))
	i := 0
	for n := maxBits; n > 0; n-- {
		for range count[n] {
			code[symbols[i]&(1<<symbolBits-1)].Len = uint8(n)
			i++
		}
	}
	assign(code, &count)
}

// sort returns the used symbols by frequency, then by value.
func (e *Encoder) sort(freqs []uint32) []uint32 {
	clear(e.buckets[:])
	for _, f := range freqs {
		e.buckets[min(f, bucketCount-1)+1]++
	}
	used := len(freqs) - int(e.buckets[1])
	e.buckets[1] = 0
	for i := 2; i <= bucketCount; i++ {
		e.buckets[i] += e.buckets[i-1]
	}
	for symbol, f := range freqs {
		if f != 0 {
			at := &e.buckets[min(f, bucketCount-1)]
			e.symbols[*at] = f<<symbolBits | uint32(symbol)
			*at++
		}
	}
	top := e.symbols[e.buckets[bucketCount-2]:used]
	slices.Sort(top)
	return e.symbols[:used]
}

// depths counts how many leaves of the Huffman tree are at each depth. It is
// the in-place algorithm of Moffat and Katajainen (1995): nodes first hold the
// weight of an internal node, then the index of its parent, then its depth.
func (e *Encoder) depths(count *[MaxSymbols]uint32, symbols []uint32) {
	nodes := e.nodes[:len(symbols)-1]
	leaf, root := 0, 0
	for next := range nodes {
		weight := uint32(0)
		for range 2 {
			if leaf < len(symbols) && (root >= next || symbols[leaf]>>symbolBits <= nodes[root]) {
				weight += symbols[leaf] >> symbolBits
				leaf++
			} else {
				weight += nodes[root]
				nodes[root] = uint32(next)
				root++
			}
		}
		nodes[next] = weight
	}
	nodes[len(nodes)-1] = 0
	for i := len(nodes) - 2; i >= 0; i-- {
		nodes[i] = nodes[nodes[i]] + 1
	}
	places, i := uint32(1), len(nodes)-1
	for depth := uint32(0); places > 0; depth++ {
		internal := uint32(0)
		for ; i >= 0 && nodes[i] == depth; i-- {
			internal++
		}
		count[depth] = places - internal
		places = 2 * internal
	}
}

// limit shortens codewords that are longer than maxBits and makes up for it by
// lengthening the longest of the others.
func limit(count *[MaxSymbols]uint32, maxBits, symbols int) {
	used := uint32(0)
	for n := maxBits + 1; n < symbols; n++ {
		count[maxBits] += count[n]
		count[n] = 0
	}
	for n := 1; n <= maxBits; n++ {
		used += count[n] << (maxBits - n)
	}
	for ; used > 1<<maxBits; used-- {
		n := maxBits - 1
		for count[n] == 0 {
			n--
		}
		count[n]--
		count[n+1] += 2
		count[maxBits]--
	}
}

// assign gives each symbol its codeword.
func assign(code []Codeword, count *[MaxSymbols]uint32) {
	var next [MaxBits + 2]uint16
	for n := 1; n <= MaxBits; n++ {
		next[n+1] = (next[n] + uint16(count[n])) << 1
	}
	for i := range code {
		n := code[i].Len & 31
		if n != 0 {
			code[i].Bits = next[n]
			next[n]++
		}
	}
}
