package xmldoc

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Kind is what a [Token] is.
type Kind int

const (
	StartTag    Kind = iota // also an element without content: <a/>
	EndTag                  //
	Chars                   // text between tags
	CData                   // a CDATA section
	Comment                 //
	Instruction             // a processing instruction, or the XML declaration
)

// Token is a piece of a document.
type Token struct {
	Kind  Kind
	Raw   string // as it is written
	Name  string // of a tag, with its prefix
	Space string // of a start tag: the namespace of the element
	Attrs []Attr // of a start tag
	Tail  string // blanks before the end of a tag
	Empty bool   // a start tag is the whole element

	Line, Column int // where it begins, from 1
}

// Text is what text or a CDATA section stands for.
func (t Token) Text() string {
	s := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(t.Raw)
	if inner, ok := strings.CutPrefix(s, cdataStart); ok && t.Kind == CData {
		return strings.TrimSuffix(inner, cdataEnd)
	}
	s, _ = unescape(s) // it was checked
	return s
}

// Attr is an attribute as it is written.
type Attr struct {
	Lead  string // blanks before it
	Name  string // with its prefix
	Space string // namespace; none without a prefix
	Equal string // the sign, with blanks around it
	Quote byte
	Raw   string // between the quotation marks
}

// Value is what the attribute stands for (XML 1.0 §3.3.3).
func (a Attr) Value() string {
	s := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ", "\r", " ").Replace(a.Raw)
	s, _ = unescape(s) // it was checked
	return s
}

const cdataStart, cdataEnd = "<![CDATA[", "]]>"

// Scanner takes a document apart. It refuses what is not well-formed (XML 1.0) or
// does not go by the rules of prefixes (Namespaces in XML 1.0), and document types,
// so there are no entities to expand.
type Scanner struct {
	text     string
	pos      int
	scopes   []scope // of the elements that are open
	elements int
	done     bool // the root has ended

	known struct{ pos, line, column int } // a place that was found
}

// NewScanner begins with a decoded document.
func NewScanner(text string) *Scanner {
	s := &Scanner{text: text}
	s.known.line, s.known.column = 1, 1
	return s
}

// place returns the line and the column, in characters, of a position.
func (s *Scanner) place(pos int) (line, column int) {
	k := &s.known
	if pos < k.pos {
		k.pos, k.line, k.column = 0, 1, 1
	}
	k.line, k.column = advance(s.text, k.pos, pos, k.line, k.column)
	k.pos = pos
	return k.line, k.column
}

func place(text string, pos int) (line, column int) { return advance(text, 0, pos, 1, 1) }

func advance(text string, from, to, line, column int) (int, int) {
	for i, r := range text[from:to] {
		switch {
		case r == '\n', r == '\r' && !strings.HasPrefix(text[from+i+1:], "\n"):
			line, column = line+1, 1
		default:
			column++
		}
	}
	return line, column
}

// errorAt is an error at a position.
func (s *Scanner) errorAt(pos int, format string, args ...any) error {
	line, column := s.place(pos)
	return &Error{line, column, fmt.Sprintf(format, args...)}
}

// Next returns the next piece; [io.EOF] at the end. What is wrong is an [Error].
func (s *Scanner) Next() (Token, error) {
	start := s.pos
	if start == len(s.text) {
		return Token{}, s.end()
	}
	var t Token
	var err error
	switch rest := s.text[start:]; {
	case strings.HasPrefix(rest, "</"):
		t, err = s.endTag()
	case strings.HasPrefix(rest, "<!--"):
		t, err = s.comment()
	case strings.HasPrefix(rest, cdataStart):
		t, err = s.until(CData, cdataEnd, len(cdataStart), "a CDATA section")
		if err == nil && len(s.scopes) == 0 {
			err = s.errorAt(start, "there is text outside of all elements")
		}
	case strings.HasPrefix(rest, "<?"):
		t, err = s.instruction()
	case strings.HasPrefix(rest, "<!"):
		err = s.errorAt(start, "document types and the entities they declare are not supported: remove the declaration")
	case rest[0] == '<':
		t, err = s.startTag()
	default:
		t, err = s.chars()
	}
	if err == nil {
		err = s.legal(start)
	}
	if err != nil {
		return Token{}, err
	}
	t.Raw = s.text[start:s.pos]
	t.Line, t.Column = s.place(start)
	return t, nil
}

// end is what comes behind the last piece.
func (s *Scanner) end() error {
	switch n := len(s.scopes); {
	case n > 0:
		open := s.scopes[n-1]
		line, _ := s.place(open.pos)
		return s.errorAt(s.pos, "<%s> of line %d has no end", open.name, line)
	case !s.done:
		return &Error{Detail: "the file holds no XML element"}
	}
	return io.EOF
}

// legal refuses characters that can't be in a document.
func (s *Scanner) legal(start int) error {
	for i, r := range s.text[start:s.pos] {
		if !IsChar(r) || r == utf8.RuneError && !strings.HasPrefix(s.text[start+i:], "\uFFFD") {
			return s.errorAt(start+i, "the character %U can't be in XML", r)
		}
	}
	return nil
}

// chars reads what is between tags.
func (s *Scanner) chars() (Token, error) {
	start := s.pos
	raw, _, _ := strings.Cut(s.text[start:], "<")
	s.pos += len(raw)
	if len(s.scopes) == 0 {
		if i := strings.IndexFunc(raw, func(r rune) bool { return !strings.ContainsRune(blanks, r) }); i >= 0 {
			if strings.HasPrefix(raw[i:], "\ufeff") {
				return Token{}, s.errorAt(start+i, "there is a second byte order mark")
			}
			return Token{}, s.errorAt(start+i, "there is text outside of all elements")
		}
	}
	if i := strings.Index(raw, cdataEnd); i >= 0 {
		return Token{}, s.errorAt(start+i, "there is a ]]> that ends nothing; write ]]&gt;")
	}
	return Token{Kind: Chars}, s.references(start, raw)
}

// references checks those in a text that begins at a position.
func (s *Scanner) references(pos int, raw string) error {
	_, bad := unescape(raw)
	if bad < 0 {
		return nil
	}
	rest := raw[bad+1:]
	name, _, ended := strings.Cut(rest, ";")
	switch {
	case ended && IsName(name):
		return s.errorAt(pos+bad, "the entity &%s; is declared nowhere; write the character itself", name)
	case ended && strings.HasPrefix(name, "#") && len(name) < 12:
		return s.errorAt(pos+bad, "&%s; is not a character that can be in XML", name)
	}
	return s.errorAt(pos+bad, "there is an & that is no reference to a character; write &amp; for the sign")
}

// until reads what ends in a mark.
func (s *Scanner) until(kind Kind, mark string, skip int, what string) (Token, error) {
	end := strings.Index(s.text[s.pos+skip:], mark)
	if end < 0 {
		return Token{}, s.errorAt(s.pos, "%s has no end", what)
	}
	s.pos += skip + end + len(mark)
	return Token{Kind: kind}, nil
}

func (s *Scanner) comment() (Token, error) {
	start := s.pos
	t, err := s.until(Comment, "-->", len("<!--"), "a comment")
	if err != nil {
		return t, err
	}
	inside := s.text[start+len("<!--") : s.pos-len("-->")]
	i := strings.Index(inside, "--")
	if i < 0 && strings.HasSuffix(inside, "-") {
		i = len(inside) - 1
	}
	if i >= 0 {
		return t, s.errorAt(start+len("<!--")+i, "there are two hyphens within a comment, which XML does not allow")
	}
	return t, nil
}

func (s *Scanner) instruction() (Token, error) {
	start := s.pos
	if start == 0 && isDeclaration(s.text) {
		d, err := readDeclaration(s.text)
		s.pos = d.size
		return Token{Kind: Instruction}, err
	}
	t, err := s.until(Instruction, "?>", len("<?"), "a processing instruction")
	if err != nil {
		return t, err
	}
	inside := s.text[start+len("<?") : s.pos-len("?>")]
	target := inside
	if i := strings.IndexAny(inside, blanks); i >= 0 {
		target = inside[:i]
	}
	switch {
	case strings.EqualFold(target, "xml") && start == 0:
		return t, s.errorAt(start, "the XML declaration begins with <?%s; write <?xml", target)
	case strings.EqualFold(target, "xml"):
		return t, s.errorAt(start, "the XML declaration must be the very first thing in the file, without even a blank before it, and stand there once")
	case !IsName(target):
		return t, s.errorAt(start, "%s is not the name of a processing instruction", quote(target))
	}
	return t, nil
}

// quote shows a text in a message.
func quote(s string) string { return fmt.Sprintf("%.60q", s) }

// IsEnd reports whether an error of [Scanner.Next] is the end of the document.
func IsEnd(err error) bool { return errors.Is(err, io.EOF) }
