package wim

import (
	"unicode"
	"unicode/utf8"
)

// decodeName decodes little-endian UTF-16 as NTFS holds it: unpaired
// surrogates are kept, as three bytes each (WTF-8), so that encodeName gives
// the same bytes again.
func decodeName(b []byte) string {
	out := make([]byte, 0, len(b)/2+8)
	for i := 0; i+1 < len(b); i += 2 {
		u := rune(b[i]) | rune(b[i+1])<<8
		if 0xd800 <= u && u < 0xdc00 && i+3 < len(b) {
			if low := rune(b[i+2]) | rune(b[i+3])<<8; 0xdc00 <= low && low < 0xe000 {
				u = (u-0xd800)<<10 + (low - 0xdc00) + 0x10000
				i += 2
			}
		}
		if 0xd800 <= u && u < 0xe000 {
			out = append(out, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0x3f, 0x80|byte(u)&0x3f)
			continue
		}
		out = utf8.AppendRune(out, u)
	}
	return string(out)
}

// appendName appends s in little-endian UTF-16.
func appendName(b []byte, s string) []byte {
	for len(s) > 0 {
		r, n := nextRune(s)
		s = s[n:]
		if r >= 0x10000 {
			high, low := 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff
			b = append(b, byte(high), byte(high>>8), byte(low), byte(low>>8))
			continue
		}
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}

// nextRune is utf8.DecodeRuneInString for WTF-8.
func nextRune(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 && len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] < 0xc0 && s[2]&0xc0 == 0x80 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return r, n
}

// upcase maps r to upper case as NTFS compares names: one UTF-16 unit to one
// unit, and no letter becomes an ASCII one.
func upcase(r rune) rune {
	if r < utf8.RuneSelf {
		if 'a' <= r && r <= 'z' {
			r -= 'a' - 'A'
		}
		return r
	}
	u := unicode.ToUpper(r)
	if r > 0xffff || u > 0xffff || u < utf8.RuneSelf || r == 'µ' {
		return r
	}
	return u
}

// compareFold orders names without regard to case.
func compareFold(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		x, y := rune(a[0]), rune(b[0])
		n, m := 1, 1
		if x >= utf8.RuneSelf {
			x, n = nextRune(a)
		}
		if y >= utf8.RuneSelf {
			y, m = nextRune(b)
		}
		if x != y {
			if x, y = upcase(x), upcase(y); x != y {
				return int(x - y)
			}
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}
