package unattend

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxSize is the size in bytes of the largest file that is read.
	MaxSize = 16 << 20

	maxDepth    = 200
	maxElements = 50_000
	blanks      = " \t\r\n"

	cdataStart, cdataEnd = "<![CDATA[", "]]>"
)

type parser struct {
	text     string
	pos      int
	elements int
}

// errorAt is an error that names the line.
func (p *parser) errorAt(pos int, format string, args ...any) error {
	return fmt.Errorf("line %d: %w", 1+strings.Count(p.text[:pos], "\n"), fmt.Errorf(format, args...))
}

// parse reads a whole file: what is before the root, the root, what is after it.
// There are no document types and so no entities to expand.
func (p *parser) parse() ([]*node, error) {
	top := &node{}
	at := top
	depth := 0
	for p.pos < len(p.text) {
		if strings.HasPrefix(p.text[p.pos:], "</") {
			if at == top {
				return nil, p.errorAt(p.pos, "the end of an element that does not begin")
			}
			if err := p.endTag(at); err != nil {
				return nil, err
			}
			at, depth = at.parent, depth-1
			continue
		}
		n, err := p.next()
		if err != nil {
			return nil, err
		}
		n.parent = at
		at.children = append(at.children, n)
		if n.isElement() && !n.closed {
			if at, depth = n, depth+1; depth > maxDepth {
				return nil, p.errorAt(p.pos, "elements are nested more than %d deep", maxDepth)
			}
		}
	}
	if at != top {
		return nil, p.errorAt(len(p.text), "<%s> has no end", at.name)
	}
	for _, n := range top.children {
		n.parent = nil
		if n.isText() && !n.isBlank() {
			return nil, errors.New("there is text outside of all elements")
		}
	}
	return top.children, nil
}

// next reads a start tag, or what is between tags.
func (p *parser) next() (*node, error) {
	rest := p.text[p.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		return p.until("-->", 4, "a comment")
	case strings.HasPrefix(rest, cdataStart):
		return p.until(cdataEnd, len(cdataStart), "a CDATA section")
	case strings.HasPrefix(rest, "<?"):
		return p.until("?>", 2, "a processing instruction")
	case strings.HasPrefix(rest, "<!"):
		return nil, p.errorAt(p.pos, "document types are not supported: remove the declaration")
	case rest[0] == '<':
		return p.startTag()
	}
	end := strings.IndexByte(rest, '<')
	if end < 0 {
		end = len(rest)
	}
	if strings.Contains(rest[:end], cdataEnd) {
		return nil, p.errorAt(p.pos, "there is a ]]> that ends nothing")
	}
	if _, err := unescape(rest[:end]); err != nil {
		return nil, p.errorAt(p.pos, "%w", err)
	}
	return p.take(end)
}

// until reads what ends in a mark.
func (p *parser) until(mark string, skip int, what string) (*node, error) {
	end := strings.Index(p.text[p.pos+skip:], mark)
	if end < 0 {
		return nil, p.errorAt(p.pos, "%s has no end", what)
	}
	return p.take(skip + end + len(mark))
}

func (p *parser) take(n int) (*node, error) {
	raw := p.text[p.pos : p.pos+n]
	for i, r := range raw {
		if !isChar(r) {
			return nil, p.errorAt(p.pos+i, "the character %U can't be in XML", r)
		}
	}
	p.pos += n
	return &node{raw: raw}, nil
}

func (p *parser) blanks() string {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(blanks, p.text[p.pos]) >= 0 {
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *parser) nameToken() (string, error) {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(blanks+"/>=<\"'", p.text[p.pos]) < 0 {
		p.pos++
	}
	name := p.text[start:p.pos]
	prefix, local, hasPrefix := strings.Cut(name, ":")
	if !hasPrefix {
		local = prefix
	}
	if !isName(prefix) || !isName(local) {
		return "", p.errorAt(start, "%.60q is not a name", name)
	}
	return name, nil
}

func (p *parser) is(c string) bool {
	if !strings.HasPrefix(p.text[p.pos:], c) {
		return false
	}
	p.pos += len(c)
	return true
}

func (p *parser) startTag() (*node, error) {
	start := p.pos
	p.pos++
	if p.elements++; p.elements > maxElements {
		return nil, p.errorAt(start, "there are more than %d elements", maxElements)
	}
	name, err := p.nameToken()
	if err != nil {
		return nil, err
	}
	n := &node{name: name}
	seen := map[string]bool{}
	for {
		space := p.blanks()
		switch {
		case p.is("/>"):
			n.tail, n.closed = space, true
			return n, nil
		case p.is(">"):
			n.tail = space
			return n, nil
		case p.pos == len(p.text) || space == "":
			return nil, p.errorAt(start, "the tag <%s is not complete", name)
		}
		a, err := p.attribute()
		if err != nil {
			return nil, err
		}
		if seen[a.name] {
			return nil, p.errorAt(start, "<%s> has two attributes %s", name, a.name)
		}
		seen[a.name] = true
		a.lead = space
		n.attrs = append(n.attrs, a)
	}
}

func (p *parser) attribute() (attr, error) {
	start := p.pos
	name, err := p.nameToken()
	if err != nil {
		return attr{}, err
	}
	a := attr{name: name}
	eq := p.pos
	p.blanks()
	ok := p.is("=")
	p.blanks()
	if !ok || p.pos == len(p.text) || p.text[p.pos] != '"' && p.text[p.pos] != '\'' {
		return a, p.errorAt(start, "the attribute %s has no value in quotation marks", name)
	}
	a.equal, a.quote = p.text[eq:p.pos], p.text[p.pos]
	end := strings.IndexByte(p.text[p.pos+1:], a.quote)
	if end < 0 {
		return a, p.errorAt(start, "the value of the attribute %s has no end", name)
	}
	p.pos++
	value, err := p.take(end)
	if err != nil {
		return a, err
	}
	a.raw = value.raw
	p.pos++
	if strings.Contains(a.raw, "<") {
		return a, p.errorAt(start, "the value of the attribute %s holds a <", name)
	}
	if _, err := unescape(a.raw); err != nil {
		return a, p.errorAt(start, "%w", err)
	}
	return a, nil
}

func (p *parser) endTag(n *node) error {
	start := p.pos
	p.pos += 2
	name, err := p.nameToken()
	if err != nil {
		return err
	}
	n.end = p.blanks()
	if !p.is(">") {
		return p.errorAt(start, "the tag </%s is not complete", name)
	}
	if name != n.name {
		return p.errorAt(start, "<%s> ends in </%s>", n.name, name)
	}
	return nil
}

// isName tells whether s is a name without a prefix (Namespaces in XML 1.0 §3),
// of the characters that answer files have in names.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || unicode.IsLetter(r)
		if !letter && (i == 0 || r != '-' && r != '.' && !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

// isChar tells whether a character can be in XML (XML 1.0 §2.2).
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// unescape replaces references by what they stand for (XML 1.0 §4.1, §4.6).
func unescape(s string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, ended := strings.Cut(rest, ";")
		r, ok := reference(name)
		if !ended || !ok {
			return "", fmt.Errorf("there is an & that is no reference to a character: %.20q; write &amp; for the sign", "&"+rest)
		}
		b.WriteRune(r)
		s = after
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
	n, err := strconv.ParseUint(digits, base, 32)
	r := rune(n)
	return r, ok && err == nil && n <= utf8.MaxRune && isChar(r)
}
