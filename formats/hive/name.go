package hive

import "unicode/utf8"

// decodeLatin1 decodes a compressed name: one byte per UTF-16 code unit.
func decodeLatin1(b []byte) string {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return widen(b)
		}
	}
	return string(b)
}

func widen(b []byte) string {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return string(out)
}

// decodeUTF16 decodes UTF-16LE into UTF-8; unpaired surrogates get their
// three-byte generalized form. A last odd byte is left out.
func decodeUTF16(b []byte) string {
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

func isHigh(r rune) bool { return r >= 0xd800 && r < 0xdc00 }
func isLow(r rune) bool  { return r >= 0xdc00 && r < 0xe000 }

// units returns the UTF-16 code units of a string as decodeUTF16 gives it.
// Bytes that are neither UTF-8 nor an encoded surrogate become U+FFFD.
func units(s string) []uint16 {
	out := make([]uint16, 0, len(s))
	for len(s) > 0 {
		r, n := decodeRune(s)
		s = s[n:]
		if r >= 0x10000 {
			r -= 0x10000
			out = append(out, 0xd800+uint16(r>>10), 0xdc00+uint16(r&0x3ff))
			continue
		}
		out = append(out, uint16(r))
	}
	return out
}

// decodeRune is utf8.DecodeRuneInString that knows encoded surrogates.
func decodeRune(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 && len(s) >= 3 && s[0] == 0xed && s[1]&0xe0 == 0xa0 && s[2]&0xc0 == 0x80 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return r, n
}

// unitCount is len(units(s)).
func unitCount(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, size := decodeRune(s[i:])
		i += size
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

// appendUnits appends code units in UTF-16LE.
func appendUnits(b []byte, u []uint16) []byte {
	for _, c := range u {
		b = le.AppendUint16(b, c)
	}
	return b
}

// encodeName appends a name as hives store it: compressed to one byte per code
// unit when all are below 256, UTF-16LE otherwise.
func encodeName(b []byte, s string) (data []byte, compressed bool) {
	if isASCII(s) {
		return append(b, s...), true
	}
	u := units(s)
	data = b
	for _, c := range u {
		if c > 0xff {
			return appendUnits(b, u), false
		}
		data = append(data, byte(c))
	}
	return data, true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// compareNames orders names as subkey lists do: by the upper-cased code units.
// Names that differ in case only are equal.
func compareNames(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x|y >= utf8.RuneSelf {
			return compareUnits(units(a[i:]), units(b[i:]))
		}
		if x != y {
			if x, y = upcaseASCII(x), upcaseASCII(y); x != y {
				return int(x) - int(y)
			}
		}
	}
	return len(a) - len(b)
}

func compareUnits(a, b []uint16) int {
	for i := range min(len(a), len(b)) {
		if x, y := upcase(a[i]), upcase(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func upcaseASCII(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

// hashName is the hash of hash leaves (regf "Hash leaf").
func hashName(s string) uint32 {
	var h uint32
	if isASCII(s) {
		for i := range len(s) {
			h = 37*h + uint32(upcaseASCII(s[i]))
		}
		return h
	}
	for _, c := range units(s) {
		h = 37*h + uint32(upcase(c))
	}
	return h
}

// EqualNames reports whether two names of keys or values are the same to
// Windows.
func EqualNames(a, b string) bool { return compareNames(a, b) == 0 }
