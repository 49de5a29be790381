package nt

import "unicode/utf8"

// Compare orders names as Windows does in folders and registry keys: by their
// code units in upper case. Names that differ in case only are equal.
func Compare(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		x, y := rune(a[0]), rune(b[0])
		n, m := 1, 1
		if x >= utf8.RuneSelf {
			x, n = decodeRune(a)
		}
		if y >= utf8.RuneSelf {
			y, m = decodeRune(b)
		}
		if x != y {
			if c := compareRunes(x, y); c != 0 {
				return c
			}
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

// compareRunes compares the code units of two characters.
func compareRunes(x, y rune) int {
	switch {
	case x < 0x10000 && y < 0x10000:
		return int(Upcase(uint16(x))) - int(Upcase(uint16(y)))
	case x < 0x10000:
		return int(Upcase(uint16(x))) - int(highUnit(y))
	case y < 0x10000:
		return int(highUnit(x)) - int(Upcase(uint16(y)))
	}
	return int(x - y) // there are no cases that Windows knows of
}

// Equal tells whether two names are the same to Windows.
func Equal(a, b string) bool { return Compare(a, b) == 0 }

// Fold returns a name in upper case: equal names give the same string.
func Fold(s string) string {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		if s[0] < utf8.RuneSelf {
			out = append(out, byte(Upcase(uint16(s[0]))))
			s = s[1:]
			continue
		}
		r, n := decodeRune(s)
		if r < 0x10000 && !isHigh(r) && !isLow(r) && n > 1 {
			out = utf8.AppendRune(out, rune(Upcase(uint16(r))))
		} else {
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return string(out)
}
