package inf

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// An Encoding is how the text of a file is stored.
type Encoding string

// The encodings of INF files. Text without a byte order mark that is not
// evidently UTF-16 is ANSI, which is read as code page 1252.
const (
	ANSI    Encoding = "windows-1252"
	UTF8    Encoding = "UTF-8"
	UTF16LE Encoding = "UTF-16LE"
	UTF16BE Encoding = "UTF-16BE"
)

// decode returns the text and how it was stored.
func decode(data []byte) (string, Encoding) {
	switch {
	case len(data) >= 3 && string(data[:3]) == "\xef\xbb\xbf":
		return strings.ToValidUTF8(string(data[3:]), "\ufffd"), UTF8
	case len(data) >= 2 && string(data[:2]) == "\xff\xfe":
		return decodeUTF16(data[2:], binary.LittleEndian), UTF16LE
	case len(data) >= 2 && string(data[:2]) == "\xfe\xff":
		return decodeUTF16(data[2:], binary.BigEndian), UTF16BE
	}
	switch odd, even := zeros(data); {
	case odd && !even:
		return decodeUTF16(data, binary.LittleEndian), UTF16LE
	case even && !odd:
		return decodeUTF16(data, binary.BigEndian), UTF16BE
	}
	return decodeANSI(data), ANSI
}

// zeros reports whether most of the bytes at odd or even places at the start
// of the data are zero, as in Latin text stored as UTF-16.
func zeros(data []byte) (odd, even bool) {
	const sample = 4096
	data = data[:min(len(data), sample)&^1]
	var count [2]int
	for i, c := range data {
		if c == 0 {
			count[i&1]++
		}
	}
	return 4*count[1] > len(data), 4*count[0] > len(data)
}

func decodeUTF16(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// ansiC1 is code page 1252 from 0x80 to 0x9F; the five codes it leaves out are
// the control characters, as Windows has it.
const ansiC1 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

func decodeANSI(data []byte) string {
	high := 0
	for _, c := range data {
		if c >= utf8.RuneSelf {
			high++
		}
	}
	if high == 0 {
		return string(data)
	}
	c1 := []rune(ansiC1)
	var b strings.Builder
	b.Grow(len(data) + 2*high)
	for _, c := range data {
		if c >= 0x80 && c < 0xa0 {
			b.WriteRune(c1[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// checkText refuses what is not text, and says what may be read differently.
func checkText(data []byte, text string, encoding Encoding, p *problems) error {
	if i := strings.IndexByte(text, 0); i >= 0 {
		return fmt.Errorf("%w: line %d has a NUL character", ErrFormat, 1+strings.Count(text[:i], "\n"))
	}
	if encoding == ANSI && len(text) != len(data) && utf8.Valid(data) {
		p.add(0, Encoded, "the file is UTF-8 without a byte order mark, which Windows reads as ANSI: save it as UTF-16")
	}
	return nil
}
