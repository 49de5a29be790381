package lzx

import (
	"github.com/gildhq/gild/formats/wim/internal/huffman"
	"github.com/gildhq/gild/formats/wim/internal/lz"
)

const (
	firstMatch  = numLiterals << 5 // least huffman.Entry that is a match
	fastInSlack = 24               // bytes of input one round of fast may read
)

// fast decodes symbols of the block that ends at end as long as no end is
// near, so that it can read and write whole words, and returns the position it
// got to. It is the inner loop of decompression; careful is its plain form.
func (d *decoder) fast(dst []byte, pos, end int, aligned bool, r *huffman.Reader) (int, error) {
	src, in, buf, n, inEnd := r.Src, r.Pos, r.Buf, r.N, len(r.Src)-fastInSlack
	alignedFrom := uint(maxSlots) // extra bits from which the aligned code is used
	if aligned {
		alignedFrom = alignedBits
	}
	r0, r1, r2 := d.recent[0], d.recent[1], d.recent[2]
	for pos < end-1 && in < inEnd {
		in, buf, n = huffman.Fill(src, in, buf, n)
		e := d.mainLookup[buf>>(64-mainLookupBits)]
		if e-1 < firstMatch-1 {
			buf <<= e & 31
			n -= uint(e & 31)
			dst[pos] = byte(e >> 5)
			pos++
			e = d.mainLookup[buf>>(64-mainLookupBits)]
		}
		if e == 0 {
			if e = d.mainCode.Long(uint32(buf >> 48)); e == 0 {
				return 0, corrupt("invalid main codeword at byte %d", pos)
			}
		}
		buf <<= e & 31
		n -= uint(e & 31)
		if e < firstMatch {
			dst[pos] = byte(e >> 5)
			pos++
			continue
		}
		// At least 48-11-16 bits are left: a length codeword fits.
		length := int(e >> 5 & lengthHeaderMax)
		s := uint(e>>8) - numLiterals/numLengthHeaders
		if length == lengthHeaderMax {
			e = d.lengthLookup[buf>>(64-lengthLookupBits)]
			if e == 0 {
				if e = d.lengthCode.Long(uint32(buf >> 48)); e == 0 {
					return 0, corrupt("invalid length codeword at byte %d", pos)
				}
			}
			buf <<= e & 31
			n -= uint(e & 31)
			length += int(e >> 5)
		}
		length += minMatch
		if s >= numRecent {
			if n < 32 {
				in, buf, n = huffman.Fill(src, in, buf, n)
			}
			s := slots[s]
			extra := uint(s.bits)
			offset := int(s.base) - offsetAdjust
			if extra < alignedFrom {
				offset += int(buf >> 1 >> (63 - extra))
			} else {
				extra -= alignedBits
				offset += int(buf >> 1 >> (63 - extra) << alignedBits)
				if e = d.alignedLookup[buf<<extra>>(64-alignedLookupBits)]; e == 0 {
					return 0, corrupt("invalid aligned offset codeword at byte %d", pos)
				}
				offset += int(e >> 5)
				extra += uint(e & 31)
			}
			buf <<= extra
			n -= extra
			r0, r1, r2 = offset, r0, r1
		} else if s == 1 {
			r0, r1 = r1, r0
		} else if s == 2 {
			r0, r2 = r2, r0
		}
		if r0 > pos || length > end-pos {
			return 0, badMatch(pos, length, r0, end)
		}
		lz.Copy(dst, pos, r0, length)
		pos += length
	}
	d.recent = [numRecent]int{r0, r1, r2}
	*r = huffman.Reader{Src: src, Pos: in, Buf: buf, N: n}
	return pos, nil
}
