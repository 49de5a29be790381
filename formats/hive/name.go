package hive

import (
	"unicode/utf8"

	"github.com/gildhq/gild/formats/nt"
)

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

// units returns the UTF-16 code units of a string.
func units(s string) []uint16 {
	b := nt.AppendUTF16(make([]byte, 0, 2*len(s)), s)
	out := make([]uint16, len(b)/2)
	for i := range out {
		out[i] = le.Uint16(b[2*i:])
	}
	return out
}

// encodeName appends a name as hives store it: compressed to one byte per code
// unit when all are below 256, UTF-16LE otherwise.
func encodeName(b []byte, s string) (data []byte, compressed bool) {
	if isASCII(s) {
		return append(b, s...), true
	}
	data = b
	for _, c := range units(s) {
		if c > 0xff {
			return nt.AppendUTF16(b, s), false
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

// hashName is the hash of hash leaves (regf "Hash leaf").
func hashName(s string) uint32 {
	var h uint32
	if isASCII(s) {
		for i := range len(s) {
			h = 37*h + uint32(nt.Upcase(uint16(s[i])))
		}
		return h
	}
	for _, c := range units(s) {
		h = 37*h + uint32(nt.Upcase(c))
	}
	return h
}
