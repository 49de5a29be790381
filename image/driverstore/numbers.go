package driverstore

import "iter"

// infMap is the value OemInfMap: one bit for each number in use; the highest bit of the
// first byte is 0.
type infMap []byte

// maxMap is how many bytes of a map are used.
const maxMap = (maxNumber + 8) / 8

// numbers yields the numbers in use.
func (m infMap) numbers() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, b := range m[:min(len(m), maxMap)] {
			for bit := range 8 {
				if b&(0x80>>bit) != 0 && !yield(8*i+bit) {
					return
				}
			}
		}
	}
}

// with returns the map with a number marked as in use or free, without trailing zero
// bytes.
func (m infMap) with(n int, used bool) infMap {
	out := make(infMap, max(len(m), n/8+1))
	copy(out, m)
	if used {
		out[n/8] |= 0x80 >> (n % 8)
	} else {
		out[n/8] &^= 0x80 >> (n % 8)
	}
	for len(out) > 0 && out[len(out)-1] == 0 {
		out = out[:len(out)-1]
	}
	return out
}
