package unattend

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// charset is how the characters of a file are stored.
type charset struct {
	mark  string           // byte order mark
	order binary.ByteOrder // of UTF-16; nil for UTF-8
	ascii bool             // other characters must be written as references
}

var declared = regexp.MustCompile(`^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// decode returns the text of a file and how to store it again (XML 1.0
// appendix F).
func decode(data []byte) (string, charset, error) {
	for _, c := range []charset{
		{mark: "\xEF\xBB\xBF"}, {mark: "\xFF\xFE", order: binary.LittleEndian}, {mark: "\xFE\xFF", order: binary.BigEndian},
	} {
		if rest, ok := bytes.CutPrefix(data, []byte(c.mark)); ok {
			text, err := c.text(rest)
			return text, c, err
		}
	}
	var c charset
	switch {
	case bytes.HasPrefix(data, []byte("<\x00")):
		c.order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\x00<")):
		c.order = binary.BigEndian
	}
	text, err := c.text(data)
	if name := declared.FindStringSubmatch(text); c.order == nil && name != nil && !strings.EqualFold(name[1], "utf-8") {
		if c.ascii = true; strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 || err != nil {
			return "", c, fmt.Errorf("the encoding %s is not supported: save it as UTF-8 or UTF-16", name[1])
		}
	}
	return text, c, err
}

func (c charset) text(data []byte) (string, error) {
	if c.order == nil {
		if !utf8.Valid(data) {
			return "", errors.New("it is not valid UTF-8")
		}
		return string(data), nil
	}
	if len(data)%2 != 0 {
		return "", errors.New("it is UTF-16 with half a character at its end")
	}
	var b strings.Builder
	for i := 0; i < len(data); i += 2 {
		r := rune(c.order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			if i += 2; i < len(data) {
				r = utf16.DecodeRune(r, rune(c.order.Uint16(data[i:])))
			}
			if r == utf8.RuneError || utf16.IsSurrogate(r) {
				return "", errors.New("it is not valid UTF-16")
			}
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

func (c charset) bytes(text string) []byte {
	out := []byte(c.mark)
	if c.order == nil {
		return append(out, text...)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		b := [2]byte{}
		c.order.PutUint16(b[:], u)
		out = append(out, b[:]...)
	}
	return out
}
