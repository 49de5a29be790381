package xmldoc

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const blanks = " \t\r\n"

// nameStart are the characters beyond ASCII that a name may begin with, and
// nameMore those that it may go on with (XML 1.0 §2.3, productions 4 and 4a).
var (
	nameStart = table(0xC0, 0xD6, 0xD8, 0xF6, 0xF8, 0x2FF, 0x370, 0x37D, 0x37F, 0x1FFF, 0x200C, 0x200D, 0x2070, 0x218F,
		0x2C00, 0x2FEF, 0x3001, 0xD7FF, 0xF900, 0xFDCF, 0xFDF0, 0xFFFD, 0x10000, 0xEFFFF)
	nameMore = table(0xB7, 0xB7, 0x300, 0x36F, 0x203F, 0x2040)
)

// table makes ranges of their first and last characters.
func table(ends ...rune) *unicode.RangeTable {
	t := &unicode.RangeTable{}
	for i := 0; i < len(ends); i += 2 {
		if first, last := ends[i], ends[i+1]; last < 0x10000 {
			t.R16 = append(t.R16, unicode.Range16{Lo: uint16(first), Hi: uint16(last), Stride: 1})
		} else {
			t.R32 = append(t.R32, unicode.Range32{Lo: uint32(first), Hi: uint32(last), Stride: 1})
		}
	}
	return t
}

// IsName reports whether s is a name without a prefix (Namespaces in XML 1.0 §3).
func IsName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || unicode.Is(nameStart, r)
		if !letter && (i == 0 || r != '-' && r != '.' && (r < '0' || r > '9') && !unicode.Is(nameMore, r)) {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}

// IsChar reports whether a character can be in a document (XML 1.0 §2.2).
func IsChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// unescape replaces references by what they stand for (XML 1.0 §4.1, §4.6). Of the
// first that is none it returns the place.
func unescape(s string) (text string, bad int) {
	if !strings.Contains(s, "&") {
		return s, -1
	}
	var b strings.Builder
	for at := 0; ; {
		before, rest, found := strings.Cut(s[at:], "&")
		b.WriteString(before)
		if !found {
			return b.String(), -1
		}
		at += len(before)
		name, _, ended := strings.Cut(rest, ";")
		r, ok := reference(name)
		if !ended || !ok {
			return "", at
		}
		b.WriteRune(r)
		at += len(name) + len("&;")
	}
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hex, 16
	}
	if !ok || strings.HasPrefix(digits, "+") {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n <= utf8.MaxRune && IsChar(rune(n))
}
