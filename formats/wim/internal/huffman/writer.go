package huffman

import "encoding/binary"

// Writer writes a stream of 16-bit words.
type Writer struct {
	dst []byte
	pos int
	buf uint64 // bits not written yet, the next one highest
	n   uint   // their number
}

// NewWriter returns a writer to dst.
func NewWriter(dst []byte) Writer { return Writer{dst: dst} }

// Put adds the n low bits of v; the others must be zero. At most 48 bits may
// be added between two calls of Flush.
func (w *Writer) Put(v uint32, n uint) {
	w.n += n
	w.buf |= uint64(v) << ((64 - w.n) & 63)
}

// PutWord adds a codeword.
func (w *Writer) PutWord(c Codeword) { w.Put(uint32(c.Bits), uint(c.Len)) }

// Flush writes the words that are complete. What does not fit is dropped,
// which [Writer.Close] reports.
func (w *Writer) Flush() {
	size := int(w.n >> 4 << 1)
	words := swapWords(w.buf)
	if w.pos+8 <= len(w.dst) {
		binary.LittleEndian.PutUint64(w.dst[w.pos:], words)
	} else if w.pos+size <= len(w.dst) {
		var tail [8]byte
		binary.LittleEndian.PutUint64(tail[:], words)
		copy(w.dst[w.pos:], tail[:size])
	}
	w.pos += size
	w.buf <<= w.n &^ 15
	w.n &= 15
}

// Close writes the last word and returns the number of bytes written; ok is
// false if they did not fit.
func (w *Writer) Close() (n int, ok bool) {
	w.Flush()
	if w.n > 0 {
		w.n = 16
		w.Flush()
	}
	return w.pos, w.pos <= len(w.dst)
}
