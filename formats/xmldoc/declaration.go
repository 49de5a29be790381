package xmldoc

import (
	"regexp"
	"strings"
)

// declaration is what the XML declaration of a document says.
type declaration struct {
	size       int // bytes of the text; 0: there is none
	encoding   string
	encodingAt int
}

// form is that of the whole declaration (XML 1.0 §2.8, §2.9, §4.3.3).
var form = regexp.MustCompile(`^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*("[^"<]*"|'[^'<]*')` +
	`([ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*("[^"<]*"|'[^'<]*'))?` +
	`([ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*("[^"<]*"|'[^'<]*'))?[ \t\r\n]*\?>`)

var encodingName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)

// isDeclaration reports whether a text begins with a declaration, however it goes on.
func isDeclaration(text string) bool {
	rest, ok := strings.CutPrefix(text, "<?xml")
	return ok && rest != "" && strings.IndexByte(blanks+"?", rest[0]) >= 0
}

// readDeclaration reads the declaration at the beginning of a document.
func readDeclaration(text string) (declaration, error) {
	if !isDeclaration(text) {
		return declaration{}, nil
	}
	wrong := func(pos int, detail string) (declaration, error) {
		line, column := place(text, pos)
		return declaration{}, &Error{line, column, detail}
	}
	m := form.FindStringSubmatchIndex(text)
	if m == nil {
		return wrong(0, `the XML declaration is not well-formed; it is written as <?xml version="1.0" encoding="utf-8"?>`)
	}
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[m[2*i]+1 : m[2*i+1]-1]
	}
	d := declaration{size: m[1], encoding: part(3)}
	switch standalone := part(5); {
	case part(1) != "1.0":
		return wrong(m[2]+1, "the XML declaration says version "+quote(part(1))+`, and Windows reads "1.0" only`)
	case m[6] >= 0 && !encodingName.MatchString(d.encoding):
		return wrong(m[6]+1, quote(d.encoding)+" is not the name of an encoding")
	case m[10] >= 0 && standalone != "yes" && standalone != "no":
		return wrong(m[10]+1, "standalone is "+quote(standalone)+`, and must be "yes" or "no"`)
	}
	if m[6] >= 0 {
		d.encodingAt = m[6] + 1
	}
	return d, nil
}
