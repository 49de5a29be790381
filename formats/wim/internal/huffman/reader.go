package huffman

import "encoding/binary"

// Reader reads a stream of 16-bit words. Beyond the end of the source it gives
// zeros; [Reader.Overrun] reports whether any of those were used. Its fields are
// open to the decoders' inner loops, which keep them in local variables.
type Reader struct {
	Src []byte
	Pos int    // next byte of Src to go into Buf; may be beyond its end
	Buf uint64 // bits read ahead, the next one highest
	N   uint   // number of bits of Buf that count
}

// Fill is the inner loops' form of [Reader.Refill]: it reads from src at pos,
// where there must be eight bytes, into buf, which has n bits.
func Fill(src []byte, pos int, buf uint64, n uint) (int, uint64, uint) {
	buf |= swapWords(binary.LittleEndian.Uint64(src[pos:])) >> (n & 63)
	return pos + int((63-n)>>4<<1), buf, n | 48
}

// swapWords reverses the order of the four words of x.
func swapWords(x uint64) uint64 {
	const low = 0x0000FFFF0000FFFF
	x = x<<32 | x>>32
	return x&low<<16 | x>>16&low
}

// Refill makes at least 48 bits available.
func (r *Reader) Refill() {
	var words [8]byte
	if r.Pos < len(r.Src) {
		copy(words[:], r.Src[r.Pos:])
	}
	var n int
	n, r.Buf, r.N = Fill(words[:], 0, r.Buf, r.N)
	r.Pos += n
}

// Bits takes the next n bits, at most 32, which must be available.
func (r *Reader) Bits(n uint) uint32 {
	v := uint32(r.Buf >> 32 >> (32 - n))
	r.Skip(n)
	return v
}

// Read takes the next n bits, at most 32, refilling first.
func (r *Reader) Read(n uint) uint32 {
	r.Refill()
	return r.Bits(n)
}

// Skip drops n bits, which must be available.
func (r *Reader) Skip(n uint) {
	r.Buf <<= n
	r.N -= n
}

// Symbol takes one codeword of at most [MaxBits] bits, which must be
// available, and returns its symbol; ok is false if it is not in the code.
func (r *Reader) Symbol(c *Code, lookup []Entry, bits uint) (symbol int, ok bool) {
	e := lookup[r.Buf>>(64-bits)]
	if e == 0 {
		if e = c.Long(uint32(r.Buf >> 48)); e == 0 {
			return 0, false
		}
	}
	r.Skip(uint(e & 31))
	return int(e >> 5), true
}

// Unread gives words that were read ahead back to the source, except for the
// given number of them and for the word that was begun.
func (r *Reader) Unread(except uint) {
	words := r.N>>4 - except
	r.Pos -= int(2 * words)
	r.N -= 16 * words
	r.Buf &= ^uint64(0) << (64 - r.N)
}

// Align drops the rest of the word that was begun, or a whole word at a word
// boundary, and gives all words read ahead back to the source.
func (r *Reader) Align() {
	r.Refill()
	r.Skip((r.N-1)&15 + 1)
	r.Unread(0)
}

// Overrun reports whether bits beyond the end of the source were taken.
func (r *Reader) Overrun() bool {
	missing := r.Pos - len(r.Src)
	return missing > 0 && int(r.N) < (missing+1)/2*16
}
