// Package nt is what the file formats of Windows NT share: times, names in
// UTF-16, and how names compare.
//
// Names are strings of Windows' UTF-16, which may hold unpaired surrogates. As Go
// strings those get the three bytes that UTF-8 would give them if it allowed them
// (WTF-8), so that every name is written as it was read.
package nt

import (
	"encoding/binary"
	"unicode/utf8"
)

var le = binary.LittleEndian

// DecodeUTF16 decodes little-endian UTF-16. A last odd byte is left out.
func DecodeUTF16(b []byte) string {
	out := make([]byte, 0, len(b)/2+len(b)/8)
	for len(b) >= 2 {
		r := rune(le.Uint16(b))
		b = b[2:]
		if isHigh(r) && len(b) >= 2 {
			if low := rune(le.Uint16(b)); isLow(low) {
				r = (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
				b = b[2:]
			}
		}
		if isHigh(r) || isLow(r) {
			out = append(out, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

// AppendUTF16 appends a string in little-endian UTF-16. Bytes that are neither
// UTF-8 nor an encoded surrogate become U+FFFD.
func AppendUTF16(b []byte, s string) []byte {
	for len(s) > 0 {
		r, n := decodeRune(s)
		s = s[n:]
		if r >= 0x10000 {
			b = le.AppendUint16(b, highUnit(r))
			r = rune(lowUnit(r))
		}
		b = le.AppendUint16(b, uint16(r))
	}
	return b
}

// UTF16Len returns the number of UTF-16 code units of a string.
func UTF16Len(s string) int {
	n := 0
	for i := 0; i < len(s); n++ {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := decodeRune(s[i:])
		i += size
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

func isHigh(r rune) bool { return r >= 0xd800 && r < 0xdc00 }
func isLow(r rune) bool  { return r >= 0xdc00 && r < 0xe000 }

// highUnit is the first of the two code units of a rune above U+FFFF.
func highUnit(r rune) uint16 { return 0xd800 + uint16((r-0x10000)>>10) }

// lowUnit is the second of the two.
func lowUnit(r rune) uint16 { return 0xdc00 + uint16((r-0x10000)&0x3ff) }

// decodeRune is utf8.DecodeRuneInString that knows encoded surrogates.
func decodeRune(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 && len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return r, n
}
