package lzx

import "github.com/gildhq/gild/formats/wim/internal/huffman"

// Symbols of the pretree, which codes codeword lengths as differences to those
// of the block before, modulo 17 ([MS-PATCH] §2.4.1).
const (
	pretreeZeros     = 17 // a run of 4 zero lengths and a 4-bit number more
	pretreeManyZeros = 18 // a run of 20 zero lengths and a 5-bit number more
	pretreeSame      = 19 // a run of 4 or 5 times the length that follows
	lengthModulus    = 17
)

// readCodes reads the codes at the start of a block.
func (d *decoder) readCodes(aligned bool, r *huffman.Reader) error {
	if aligned {
		var lens [numAligned]uint8
		for i := range lens {
			lens[i] = uint8(r.Read(3))
		}
		if err := d.alignedCode.Build(d.alignedLookup[:], lens[:]); err != nil {
			return corrupt("aligned offset code: %v", err)
		}
	}
	for _, lens := range [][]uint8{d.mainLens[:numLiterals], d.mainLens[numLiterals:d.mainSyms], d.lengthLens[:]} {
		if err := d.readLens(lens, r); err != nil {
			return err
		}
	}
	if err := d.mainCode.Build(d.mainLookup[:], d.mainLens[:d.mainSyms]); err != nil {
		return corrupt("main code: %v", err)
	}
	if err := d.lengthCode.Build(d.lengthLookup[:], d.lengthLens[:]); err != nil {
		return corrupt("length code: %v", err)
	}
	return nil
}

// readLens reads a pretree and the codeword lengths it codes; lens holds those
// of the block before.
func (d *decoder) readLens(lens []uint8, r *huffman.Reader) error {
	var pretreeLens [numPretree]uint8
	for i := range pretreeLens {
		pretreeLens[i] = uint8(r.Read(4))
	}
	if err := d.pretree.Build(d.pretreeLookup[:], pretreeLens[:]); err != nil {
		return corrupt("pretree: %v", err)
	}
	for i := 0; i < len(lens); {
		n, err := d.readRun(lens[i:], r)
		if err != nil {
			return err
		}
		i += n
	}
	return nil
}

// readRun reads one pretree symbol and sets the lengths it stands for at the
// start of lens; what goes beyond its end is dropped. It returns the length
// of the run.
func (d *decoder) readRun(lens []uint8, r *huffman.Reader) (int, error) {
	symbol, ok := d.pretreeSymbol(r)
	run := 1
	switch symbol {
	case pretreeZeros:
		run = 4 + int(r.Bits(4))
	case pretreeManyZeros:
		run = 20 + int(r.Bits(5))
	case pretreeSame:
		run = 4 + int(r.Bits(1))
		if symbol, ok = d.pretreeSymbol(r); symbol >= lengthModulus {
			ok = false
		}
	}
	if !ok {
		return 0, corrupt("invalid codeword in the pretree")
	}
	var n uint8
	if symbol < lengthModulus {
		n = uint8((int(lens[0]) - symbol + lengthModulus) % lengthModulus)
	}
	for i := range lens[:min(run, len(lens))] {
		lens[i] = n
	}
	return run, nil
}

func (d *decoder) pretreeSymbol(r *huffman.Reader) (int, bool) {
	r.Refill()
	return r.Symbol(&d.pretree, d.pretreeLookup[:], pretreeLookupBits)
}
