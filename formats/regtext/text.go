package regtext

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// ErrSyntax: the text is not a .reg file or has a mistake in it.
var ErrSyntax = errors.New("invalid .reg text")

// decodeText converts a file to UTF-8 and reports whether it is REGEDIT4,
// whose strings are ANSI. Without a byte order mark the text is UTF-8 if it is
// valid as such, and code page 1252 otherwise.
func decodeText(data []byte) (text string, ansi bool, err error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		text = nt.DecodeUTF16(data[2:])
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		text = nt.DecodeUTF16(swapped(data[2:]))
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		text = string(data[3:])
	case !bytes.HasPrefix(data, []byte(Header4)) && utf8.Valid(data):
		text = string(data)
	default:
		text = decodeANSI(data)
	}
	first, _, _ := strings.Cut(text, "\n")
	switch strings.TrimSpace(first) {
	case Header5:
		return text, false, nil
	case Header4:
		return text, true, nil
	}
	return "", false, fmt.Errorf("%w: line 1 is %.60q; it must be %q or %q", ErrSyntax, first, Header5, Header4)
}

// swapped converts UTF-16BE to UTF-16LE.
func swapped(data []byte) []byte {
	out := make([]byte, len(data)&^1)
	for i := 0; i < len(out); i += 2 {
		out[i], out[i+1] = data[i+1], data[i]
	}
	return out
}

// ansiHigh are the characters of code page 1252 from 0x80 to 0x9f; the others
// are those of Latin-1. Windows maps the five unassigned ones to themselves.
const ansiHigh = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

func decodeANSI(data []byte) string {
	high := []rune(ansiHigh)
	var b strings.Builder
	b.Grow(len(data))
	for _, c := range data {
		if c >= 0x80 && c < 0xa0 {
			b.WriteRune(high[c-0x80])
			continue
		}
		b.WriteRune(rune(c))
	}
	return b.String()
}

// isText reports whether the data of a type are strings, which REGEDIT4 holds
// in the ANSI code page.
func isText(t hive.ValueType) bool {
	return t == hive.RegSZ || t == hive.RegExpandSZ || t == hive.RegMultiSZ
}
