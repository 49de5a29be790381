package huffman

import "encoding/binary"

// Writer writes a stream of 16-bit words. Its fields are open to the encoders'
// inner loops, which keep them in local variables.
type Writer struct {
	Dst []byte
	Pos int
	Buf uint64 // bits not written yet, the next one highest
	N   uint   // their number
}

// NewWriter returns a writer to dst.
func NewWriter(dst []byte) Writer { return Writer{Dst: dst} }

// Put adds the n low bits of v; the others must be zero. At most 48 bits may
// be added between two calls of Flush.
func (w *Writer) Put(v uint32, n uint) {
	w.N += n
	w.Buf |= uint64(v) << ((64 - w.N) & 63)
}

// PutWord adds a codeword.
func (w *Writer) PutWord(c Codeword) { w.Put(uint32(c.Bits), uint(c.Len)) }

// Flush writes the words that are complete. What does not fit is dropped,
// which [Writer.Close] reports.
func (w *Writer) Flush() {
	size := int(w.N >> 4 << 1)
	words := swapWords(w.Buf)
	if w.Pos+8 <= len(w.Dst) {
		binary.LittleEndian.PutUint64(w.Dst[w.Pos:], words)
	} else if w.Pos+size <= len(w.Dst) {
		var tail [8]byte
		binary.LittleEndian.PutUint64(tail[:], words)
		copy(w.Dst[w.Pos:], tail[:size])
	}
	w.Pos += size
	w.Buf <<= w.N &^ 15
	w.N &= 15
}

// Room is what [Drain] needs to be left of the destination.
const Room = 8

// Drain is the inner loops' form of [Writer.Flush]: it writes the complete
// words of buf, which has n bits, to dst at pos, where there must be [Room].
func Drain(dst []byte, pos int, buf uint64, n uint) (int, uint64, uint) {
	binary.LittleEndian.PutUint64(dst[pos:pos+8:pos+8], swapWords(buf))
	return pos + int(n>>4<<1), buf << (n & 48), n & 15
}

// Close writes the last word and returns the number of bytes written; ok is
// false if they did not fit.
func (w *Writer) Close() (n int, ok bool) {
	w.Flush()
	if w.N > 0 {
		w.N = 16
		w.Flush()
	}
	return w.Pos, w.Pos <= len(w.Dst)
}
