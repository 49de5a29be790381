package lzx

import "github.com/gildhq/gild/formats/wim/internal/huffman"

// frequencies counts the symbols of a block.
type frequencies struct {
	main    [maxMainSymbols]uint32
	length  [numLengthSymbols]uint32
	aligned [numAligned]uint32
}

func (f *frequencies) add(it item) {
	m := it.main()
	f.main[m]++
	if m < numLiterals {
		return
	}
	if it.hasLength() {
		f.length[it.lengthSymbol()]++
	}
	if slots[it.slot()].bits >= alignedBits {
		f.aligned[it.extra()&(numAligned-1)]++
	}
}

// count makes f the frequencies of the symbols of items.
func (f *frequencies) count(items []item) {
	*f = frequencies{}
	for _, it := range items {
		f.add(it)
	}
}

// codes are the codes of a block.
type codes struct {
	main    [maxMainSymbols]huffman.Codeword
	length  [numLengthSymbols]huffman.Codeword
	aligned [numAligned]huffman.Codeword
}

const (
	maxAlignedCodeword = 7
	maxPretreeCodeword = 15
)

// build makes the codes for the frequencies.
func (c *codes) build(e *huffman.Encoder, f *frequencies, mainSyms int) {
	e.Build(c.main[:mainSyms], f.main[:mainSyms], huffman.MaxBits)
	e.Build(c.length[:], f.length[:], huffman.MaxBits)
	e.Build(c.aligned[:], f.aligned[:], maxAlignedCodeword)
}

// savesAligned reports whether a block is shorter with the aligned offset code
// than with three plain bits in its place.
func (c *codes) savesAligned(f *frequencies) bool {
	plain, coded := uint32(0), uint32(3*numAligned)
	for i, n := range f.aligned {
		plain += alignedBits * n
		coded += uint32(c.aligned[i].Len) * n
	}
	return coded < plain
}

// blockWriter writes the blocks of a chunk.
type blockWriter struct {
	huffman.Writer
	encoder    *huffman.Encoder
	chunkSize  int
	mainSyms   int
	mainLens   [maxMainSymbols]uint8 // of the block before
	lengthLens [numLengthSymbols]uint8
}

// block writes a block of items that stand for size bytes.
func (w *blockWriter) block(items []item, size int, f *frequencies, c *codes) {
	c.build(w.encoder, f, w.mainSyms)
	aligned := c.savesAligned(f)
	w.header(size, aligned)
	if aligned {
		for _, word := range c.aligned {
			w.Put(uint32(word.Len), 3)
		}
		w.Flush()
	}
	w.lens(w.mainLens[:numLiterals], c.main[:numLiterals])
	w.lens(w.mainLens[numLiterals:w.mainSyms], c.main[numLiterals:w.mainSyms])
	w.lens(w.lengthLens[:], c.length[:])
	w.items(items, c, aligned)
}

func (w *blockWriter) header(size int, aligned bool) {
	kind := uint32(blockVerbatim)
	if aligned {
		kind = blockAligned
	}
	w.Put(kind, 3)
	switch {
	case size == defaultBlockSize:
		w.Put(1, 1)
	case w.chunkSize > 1<<15:
		w.Put(uint32(size), 25)
	default:
		w.Put(uint32(size), 17)
	}
	w.Flush()
}

// items writes items, as long as the end of the destination is far with the
// state of the writer in local variables.
func (w *blockWriter) items(items []item, c *codes, aligned bool) {
	alignedFrom := uint(maxSlots) // extra bits from which the aligned code is used
	if aligned {
		alignedFrom = alignedBits
	}
	dst, pos, buf, n := w.Dst, w.Pos, w.Buf, w.N
	put := func(v uint64, bits uint) {
		n += bits
		buf |= v << ((64 - n) & 63)
	}
	for len(items) > 0 && pos+2*huffman.Room <= len(dst) {
		it := items[0]
		items = items[1:]
		main := it.main()
		word := c.main[main]
		put(uint64(word.Bits), uint(word.Len))
		if main < numLiterals {
			pos, buf, n = huffman.Drain(dst, pos, buf, n)
			continue
		}
		if main%numLengthHeaders == lengthHeaderMax {
			word = c.length[it.lengthSymbol()]
			put(uint64(word.Bits), uint(word.Len))
		}
		pos, buf, n = huffman.Drain(dst, pos, buf, n)
		extra, bits := it.extra(), uint(slots[it.slot()].bits)
		if bits >= alignedFrom {
			put(uint64(extra>>alignedBits), bits-alignedBits)
			word = c.aligned[extra&(numAligned-1)]
			put(uint64(word.Bits), uint(word.Len))
		} else {
			put(uint64(extra), bits)
		}
		pos, buf, n = huffman.Drain(dst, pos, buf, n)
	}
	w.Writer = huffman.Writer{Dst: dst, Pos: pos, Buf: buf, N: n}
	for _, it := range items {
		w.item(it, c, alignedFrom)
	}
}

// item writes an item wherever the end of the destination may be.
func (w *blockWriter) item(it item, c *codes, alignedFrom uint) {
	w.PutWord(c.main[it.main()])
	if it.isLiteral() {
		w.Flush()
		return
	}
	if it.hasLength() {
		w.PutWord(c.length[it.lengthSymbol()])
	}
	w.Flush()
	extra, n := it.extra(), uint(slots[it.slot()].bits)
	if n >= alignedFrom {
		w.Put(extra>>alignedBits, n-alignedBits)
		w.PutWord(c.aligned[extra&(numAligned-1)])
	} else {
		w.Put(extra, n)
	}
	w.Flush()
}

// lens writes the lengths of codewords as differences to those of the block
// before, which it replaces.
func (w *blockWriter) lens(before []uint8, code []huffman.Codeword) {
	var freqs [numPretree]uint32
	runs(before, code, func(r run) {
		freqs[r.symbol]++
		if r.symbol == pretreeSame {
			freqs[r.delta]++
		}
	})
	var pretree [numPretree]huffman.Codeword
	w.encoder.Build(pretree[:], freqs[:], maxPretreeCodeword)
	for i, word := range pretree {
		w.Put(uint32(word.Len), 4)
		if i%10 == 9 {
			w.Flush()
		}
	}
	runs(before, code, func(r run) {
		w.PutWord(pretree[r.symbol])
		w.Put(r.extra, r.bits)
		if r.symbol == pretreeSame {
			w.PutWord(pretree[r.delta])
		}
		w.Flush()
	})
	for i, word := range code {
		before[i] = word.Len
	}
}

// A run is a pretree symbol with its extra bits and, for pretreeSame, the
// symbol that follows.
type run struct {
	symbol, delta uint8
	extra         uint32
	bits          uint
}

// runs divides the lengths of a code into runs.
func runs(before []uint8, code []huffman.Codeword, yield func(run)) {
	for i := 0; i < len(code); {
		length, n := code[i].Len, 1
		for i+n < len(code) && code[i+n].Len == length {
			n++
		}
		for end := i + n; i < end; {
			r, n := nextRun(before[i], length, end-i)
			yield(r)
			i += n
		}
	}
}

// nextRun returns the run for the start of n equal lengths and how many of
// them it covers.
func nextRun(before, length uint8, n int) (run, int) {
	delta := (before + lengthModulus - length) % lengthModulus
	switch {
	case length == 0 && n >= 20:
		n = min(n, 20+31)
		return run{symbol: pretreeManyZeros, extra: uint32(n - 20), bits: 5}, n
	case length == 0 && n >= 4:
		n = min(n, 4+15)
		return run{symbol: pretreeZeros, extra: uint32(n - 4), bits: 4}, n
	case n >= 4:
		n = min(n, 5)
		return run{symbol: pretreeSame, delta: delta, extra: uint32(n - 4), bits: 1}, n
	default:
		return run{symbol: delta}, 1
	}
}
