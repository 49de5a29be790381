// Package xmldoc reads the small XML documents that Windows takes as settings: in
// UTF-8 or UTF-16, without a document type, so there are no entities to expand.
// Every element tells the line it begins in.
package xmldoc

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/nt"
)

// Limits of a document.
const (
	MaxSize     = 16 << 20 // bytes
	maxElements = 1 << 18  // an element takes some ten times the room that it has in the file
	maxDepth    = 256
)

// Element is an element with all that is in it, but comments.
type Element struct {
	Name     xml.Name
	Attrs    []xml.Attr
	Children []*Element
	Text     string // what is between the children, joined
	Line     int    // from 1
}

// Error is a fault in a document.
type Error struct {
	Line   int // from 1; 0: of the whole
	Detail string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Detail
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Detail)
}

// Attr returns an attribute without a namespace.
func (e *Element) Attr(name string) (string, bool) {
	for _, a := range e.Attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}

// Child returns the first child of a name, whatever its namespace, or nil.
func (e *Element) Child(name string) *Element {
	for _, c := range e.Children {
		if c.Name.Local == name {
			return c
		}
	}
	return nil
}

// Find returns the element that a path of names leads to, or nil.
func (e *Element) Find(names ...string) *Element {
	for _, n := range names {
		if e = e.Child(n); e == nil {
			return nil
		}
	}
	return e
}

// Decode returns the text of a document in UTF-8, without a byte order mark.
func Decode(data []byte) (string, error) {
	if len(data) > MaxSize {
		return "", &Error{Detail: fmt.Sprintf("the file has %d bytes, more than %d", len(data), MaxSize)}
	}
	text := string(data)
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		if len(data)%2 != 0 {
			return "", &Error{Detail: "the file is in UTF-16 and ends within a character"}
		}
		text = nt.DecodeUTF16(data[2:])
	case bytes.HasPrefix(data, []byte("\xfe\xff")), bytes.HasPrefix(data, []byte("\x00<")):
		return "", &Error{Detail: "the file is in UTF-16 with the high byte first, which Windows does not read here; save it in UTF-8"}
	case bytes.HasPrefix(data, []byte("<\x00")):
		return "", &Error{Detail: "the file is in UTF-16 and does not begin with a byte order mark"}
	default:
		text = strings.TrimPrefix(text, "\ufeff")
	}
	if !utf8.ValidString(text) {
		return "", &Error{Detail: "the file is neither in UTF-8 nor in UTF-16; save it in UTF-8"}
	}
	return text, nil
}

// Parse reads a document and returns its root. What is wrong with it is an [Error].
func Parse(data []byte) (*Element, error) {
	text, err := Decode(data)
	if err != nil {
		return nil, err
	}
	p := parser{dec: xml.NewDecoder(strings.NewReader(text))}
	// The text is in UTF-8 by now, whatever the declaration says it was.
	p.dec.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if l := strings.ToLower(label); l != "utf-16" && l != "us-ascii" {
			return nil, fmt.Errorf("the declaration says %q; save the file in UTF-8", label)
		}
		return r, nil
	}
	for {
		more, err := p.step()
		if err != nil {
			return nil, p.fault(err)
		}
		if !more {
			return p.root, nil
		}
	}
}

type parser struct {
	dec  *xml.Decoder
	root *Element
	open []*opened
	n    int // elements so far
}

// opened is an element whose end was not read yet.
type opened struct {
	*Element
	text strings.Builder
}

// step reads a token; false at the end.
func (p *parser) step() (bool, error) {
	line, _ := p.dec.InputPos()
	token, err := p.dec.Token()
	if errors.Is(err, io.EOF) {
		if p.root == nil {
			return false, &Error{Detail: "the file holds no XML element"}
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	switch t := token.(type) {
	case xml.Directive:
		return false, &Error{line, "document types are not allowed"}
	case xml.StartElement:
		return true, p.start(t, line)
	case xml.EndElement:
		last := p.open[len(p.open)-1]
		last.Text = last.text.String()
		p.open = p.open[:len(p.open)-1]
	case xml.CharData:
		if len(p.open) > 0 {
			p.open[len(p.open)-1].text.Write(t)
		} else if strings.TrimSpace(string(t)) != "" {
			return false, &Error{line, "there is text outside of the root element"}
		}
	}
	return true, nil
}

func (p *parser) start(t xml.StartElement, line int) error {
	e := &Element{Name: t.Name, Attrs: t.Copy().Attr, Line: line}
	p.n++
	switch {
	case p.n > maxElements:
		return &Error{line, fmt.Sprintf("there are more than %d elements", maxElements)}
	case len(p.open) == maxDepth:
		return &Error{line, fmt.Sprintf("elements are nested more than %d deep", maxDepth)}
	case len(p.open) > 0:
		above := p.open[len(p.open)-1]
		above.Children = append(above.Children, e)
	case p.root != nil:
		return &Error{line, "there is a second root element"}
	default:
		p.root = e
	}
	p.open = append(p.open, &opened{Element: e})
	return nil
}

// fault makes an [Error] of what the decoder says.
func (p *parser) fault(err error) error {
	var own *Error
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &syntax):
		return &Error{syntax.Line, syntax.Msg}
	}
	line, _ := p.dec.InputPos()
	return &Error{line, err.Error()}
}
