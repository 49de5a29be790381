package huffman

import "errors"

// ErrOversubscribed says that codeword lengths ask for more codewords than
// there are.
var ErrOversubscribed = errors.New("code lengths are oversubscribed")

// An Entry is a decoded symbol and the length of its codeword: symbol<<5 |
// length. The zero Entry stands for no symbol.
type Entry = uint16

// Code decodes one canonical code. Codewords that fit in the index of the
// caller's lookup table are found there; [Code.Long] finds the others.
//
// The lookup table belongs to the caller so that it can be an array, whose
// index needs no bounds check, of the size that suits the alphabet.
type Code struct {
	first  [MaxBits + 1]uint32 // first codeword of each length, in the high of 16 bits
	limit  [MaxBits + 1]uint32 // end of the codewords of each length, likewise
	index  [MaxBits + 1]uint16 // index in sorted of the first symbol of each length
	sorted [MaxSymbols]uint16  // used symbols, by codeword
}

// Build makes the code with the given codeword lengths, each at most
// [MaxBits], and fills lookup, whose length is a power of two 1<<bits: the
// entry for the next bits of the stream, or 0 if the codeword is longer or
// there is none. An incomplete code is accepted, as encoders write one when
// an alphabet has fewer than two used symbols; the codewords it leaves unused
// have no entry.
func (c *Code) Build(lookup []Entry, lens []uint8) error {
	var count [MaxBits + 1]uint32
	for _, n := range lens {
		count[n]++
	}
	code, index := uint32(0), uint16(0)
	for n := 1; n <= MaxBits; n++ {
		c.first[n], c.index[n] = code, index
		code += count[n] << (MaxBits - n)
		index += uint16(count[n])
		c.limit[n] = code
	}
	if code > 1<<MaxBits {
		return ErrOversubscribed
	}
	next := c.index
	for symbol, n := range lens {
		if n != 0 {
			c.sorted[next[n]] = uint16(symbol)
			next[n]++
		}
	}
	c.fill(lookup)
	return nil
}

// fill enters the codewords that are short enough into the lookup table.
func (c *Code) fill(lookup []Entry) {
	rest := lookup
	for n, size := 1, len(lookup)/2; size > 0; n, size = n+1, size/2 {
		symbols := (c.limit[n] - c.first[n]) >> (MaxBits - n)
		for _, symbol := range c.sorted[c.index[n]:][:symbols] {
			entry := symbol<<5 | uint16(n)
			for i := range rest[:size] {
				rest[i] = entry
			}
			rest = rest[size:]
		}
	}
	clear(rest)
}

// Long returns the entry of the codeword at the start of the next 16 bits of
// the stream, or 0 if there is none.
func (c *Code) Long(next uint32) Entry {
	for n := 1; n <= MaxBits; n++ {
		if next < c.limit[n] {
			i := (next - c.first[n]) >> (MaxBits - n)
			return c.sorted[uint32(c.index[n])+i]<<5 | uint16(n)
		}
	}
	return 0
}
