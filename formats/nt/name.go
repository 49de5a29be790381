package nt

import "unicode/utf8"

// Compare orders names as Windows does in folders and registry keys: by their
// code units in upper case. Names that differ in case only are equal.
func Compare(a, b string) int {
	for a != "" && b != "" && a[0] < utf8.RuneSelf && b[0] < utf8.RuneSelf { // most names, and all of most of them
		if a[0] != b[0] {
			if n := int(Upcase(uint16(a[0]))) - int(Upcase(uint16(b[0]))); n != 0 {
				return n
			}
		}
		a, b = a[1:], b[1:]
	}
	x, y := units{rest: a}, units{rest: b}
	for {
		c, more := x.next()
		d, other := y.next()
		switch {
		case !more || !other:
			return truth(more) - truth(other)
		case c != d:
			if n := int(Upcase(c)) - int(Upcase(d)); n != 0 {
				return n
			}
		}
	}
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// units gives the code units of a string one after the other.
type units struct {
	rest string
	low  uint16 // the second unit of a pair, 0 if there is none to come
}

func (u *units) next() (unit uint16, more bool) {
	switch {
	case u.low != 0:
		unit, u.low = u.low, 0
		return unit, true
	case u.rest == "":
		return 0, false
	case u.rest[0] < utf8.RuneSelf:
		unit, u.rest = uint16(u.rest[0]), u.rest[1:]
		return unit, true
	}
	r, n := decodeRune(u.rest)
	u.rest = u.rest[n:]
	if r < 0x10000 {
		return uint16(r), true
	}
	u.low = lowUnit(r)
	return highUnit(r), true
}

// Equal reports whether two names are the same to Windows.
func Equal(a, b string) bool { return Compare(a, b) == 0 }

// HasPrefix reports whether a name begins with a prefix, to Windows.
func HasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && Equal(s[:len(prefix)], prefix)
}

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
