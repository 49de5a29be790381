package xpress

import "encoding/binary"

// writer writes the bits and bytes of a chunk. Decoders read two words ahead,
// so that the places of the word being filled and of the one after it are in
// front of the next byte ([MS-XCA] §2.1.4.3).
type writer struct {
	dst       []byte
	cur, next int // places of the two words
	pos       int // place of the next byte, or of the word after those
	bits      uint32
	n         uint // number of bits not written yet, at most 16
}

func newWriter(dst []byte, pos int) writer {
	return writer{dst: dst, cur: pos, next: pos + 2, pos: pos + 4}
}

// put adds the n low bits of v, at most 16; the others must be zero.
func (w *writer) put(v uint32, n uint) {
	w.bits = w.bits<<n | v
	w.n += n
	if w.n > 16 {
		w.n -= 16
		binary.LittleEndian.PutUint16(w.dst[w.cur:], uint16(w.bits>>w.n))
		w.cur, w.next = w.next, w.pos
		w.pos += 2
	}
}

// extra adds what of a length does not fit in its symbol.
func (w *writer) extra(length int) {
	switch {
	case length < longLength:
	case length < longLength+255:
		w.dst[w.pos] = byte(length - longLength)
		w.pos++
	default:
		w.dst[w.pos] = 255
		binary.LittleEndian.PutUint16(w.dst[w.pos+1:], uint16(length))
		w.pos += 3
	}
}

// close writes the last words.
func (w *writer) close() {
	binary.LittleEndian.PutUint16(w.dst[w.cur:], uint16(w.bits<<(16-w.n)))
	binary.LittleEndian.PutUint16(w.dst[w.next:], 0)
}
