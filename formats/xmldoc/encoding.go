package xmldoc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding is how the characters of a document are stored.
type Encoding struct {
	mark  string           // byte order mark
	order binary.ByteOrder // of UTF-16; nil for UTF-8
	// ASCII: other characters must be written as references, since the declaration
	// names a code page.
	ASCII bool
}

// codePages are encodings in which ASCII is what it is in UTF-8.
var codePages = regexp.MustCompile(`(?i)^(us-ascii|ascii|latin1|iso-8859-[0-9]{1,2}|windows-(874|125[0-8])|cp(437|850|852|866|125[0-8])|ibm(437|850|852|866)|koi8-[ru]|gb2312|gbk|gb18030|big5|euc-(jp|kr)|ks_c_5601-1987|macintosh)$`)

// Decode returns the text of a document, without a byte order mark, and how to
// store it again (XML 1.0 §4.3.3 and appendix F). What its declaration says is
// not looked at.
func Decode(data []byte) (string, Encoding, error) {
	if len(data) > MaxSize {
		return "", Encoding{}, &Error{Detail: fmt.Sprintf("the file has %d bytes, more than %d", len(data), MaxSize)}
	}
	for _, e := range []Encoding{
		{mark: "\xEF\xBB\xBF"}, {mark: "\xFF\xFE", order: binary.LittleEndian}, {mark: "\xFE\xFF", order: binary.BigEndian},
	} {
		if rest, ok := bytes.CutPrefix(data, []byte(e.mark)); ok {
			text, err := e.text(rest)
			return text, e, err
		}
	}
	var e Encoding
	switch {
	case bytes.HasPrefix(data, []byte("<\x00")):
		e.order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\x00<")):
		e.order = binary.BigEndian
	}
	text, err := e.text(data)
	return text, e, err
}

// text decodes what is behind the mark.
func (e Encoding) text(data []byte) (string, error) {
	if e.order == nil {
		if text := string(data); utf8.ValidString(text) {
			return text, nil
		}
		return "", notUTF8(data)
	}
	var b strings.Builder
	wrong := func(format string, args ...any) error {
		line, column := place(b.String(), b.Len())
		return &Error{line, column, fmt.Sprintf(format, args...)}
	}
	b.Grow(len(data))
	for i := 0; i+1 < len(data); i += 2 {
		r := rune(e.order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			unit := r
			if r = utf8.RuneError; i+3 < len(data) {
				r = utf16.DecodeRune(unit, rune(e.order.Uint16(data[i+2:])))
			}
			if r == utf8.RuneError {
				return "", wrong("the file is not valid UTF-16: there is half a pair of surrogates, %04X", unit)
			}
			i += 2
		}
		b.WriteRune(r)
	}
	if len(data)%2 != 0 {
		return "", wrong("the file is in UTF-16 and ends within a character")
	}
	return b.String(), nil
}

// notUTF8 is the error at the first byte that is not UTF-8.
func notUTF8(data []byte) error {
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	line, column := place(string(data[:at]), at)
	e := &Error{line, column, fmt.Sprintf("the byte %02X is not valid UTF-8; save the file in UTF-8 or UTF-16", data[at])}
	if d, err := readDeclaration(string(data[:at])); err == nil && d.encoding != "" && !strings.EqualFold(d.encoding, "utf-8") {
		e.Detail = fmt.Sprintf("the file is in the encoding %s, which is not supported beyond ASCII; save it in UTF-8 or UTF-16", d.encoding)
	}
	return e
}

// fits tells what is wrong with the encoding that the declaration names. To name
// another one than the file is in is a fatal error (XML 1.0 §4.3.3).
func (e *Encoding) fits(d declaration, text string) error {
	label := strings.ToLower(d.encoding)
	is := "UTF-8"
	if e.order != nil {
		is = "UTF-16"
	}
	wrong := func(pos int, format string, args ...any) error {
		line, column := place(text, pos)
		return &Error{line, column, fmt.Sprintf(format, args...)}
	}
	little, big := e.order == binary.LittleEndian, e.order == binary.BigEndian
	switch {
	case e.order != nil && e.mark == "" && label == "":
		return wrong(0, "the file is in UTF-16 and neither begins with a byte order mark nor says encoding=\"utf-16\"")
	case label == "", label == strings.ToLower(is), label == "utf-16le" && little, label == "utf-16be" && big:
		return nil
	case e.order == nil && e.mark == "" && codePages.MatchString(label):
		e.ASCII = true
		if i := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			return wrong(i, "the declaration says that the encoding is %s, which is not supported beyond ASCII; save the file in UTF-8", d.encoding)
		}
		return nil
	case label == "utf-8" || strings.HasPrefix(label, "utf-16") || codePages.MatchString(label):
		return wrong(d.encodingAt, "the declaration says encoding=%q, and the file is in %s; let it say encoding=%q", d.encoding, is, strings.ToLower(is))
	}
	return wrong(d.encodingAt, "the encoding %q is not supported; save the file in UTF-8", d.encoding)
}

// Bytes stores a text.
func (e Encoding) Bytes(text string) []byte {
	out := []byte(e.mark)
	if e.order == nil {
		return append(out, text...)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		b := [2]byte{}
		e.order.PutUint16(b[:], u)
		out = append(out, b[:]...)
	}
	return out
}
