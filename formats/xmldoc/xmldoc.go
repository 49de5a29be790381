// Package xmldoc reads the small XML documents that Windows takes as settings, and
// refuses what a conforming reader refuses: it is strict where encoding/xml is not.
// Documents are in UTF-8 or UTF-16, without a document type, so there are no
// entities to expand. Everything tells the line and the column it begins in.
package xmldoc

import (
	"fmt"
	"strings"
)

// Limits of a document.
const (
	MaxSize     = 16 << 20 // bytes
	maxElements = 1 << 17  // an element takes some ten times the room that it has in the file
	maxDepth    = 200
)

// Element is an element with all that is in it, but comments.
type Element struct {
	Name     Name
	Attrs    []Attribute // without declarations of prefixes
	Children []*Element
	Text     string // what is between the children, joined

	Line, Column int // from 1
}

// Attribute is an attribute of an [Element].
type Attribute struct {
	Name  Name
	Value string
}

// Error is a fault in a document.
type Error struct {
	Line, Column int // from 1; 0: of the whole
	Detail       string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Detail
	case e.Column == 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Detail)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Detail)
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

// Read returns the text of a document and how it is stored. It refuses one whose
// declaration says something else.
func Read(data []byte) (string, Encoding, error) {
	text, encoding, err := Decode(data)
	if err != nil {
		return "", encoding, err
	}
	d, err := readDeclaration(text)
	if err == nil {
		err = encoding.fits(d, text)
	}
	return text, encoding, err
}

// Parse reads a document and returns its root. What is wrong with it is an [Error].
func Parse(data []byte) (*Element, error) {
	text, _, err := Read(data)
	if err != nil {
		return nil, err
	}
	return ParseText(text)
}

// ParseText reads a document that is decoded, whatever encoding it names.
func ParseText(text string) (*Element, error) {
	var root *Element
	var open []*opened
	s := NewScanner(text)
	for {
		t, err := s.Next()
		if IsEnd(err) {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch last := len(open) - 1; t.Kind {
		case StartTag:
			e := element(t)
			if last < 0 {
				root = e
			} else {
				open[last].Children = append(open[last].Children, e)
			}
			if !t.Empty {
				open = append(open, &opened{Element: e})
			}
		case EndTag:
			open[last].Text = open[last].text.String()
			open = open[:last]
		case Chars, CData:
			if last >= 0 {
				open[last].text.WriteString(t.Text())
			}
		}
	}
}

// opened is an element whose end was not read yet.
type opened struct {
	*Element
	text strings.Builder
}

func element(t Token) *Element {
	_, local := SplitName(t.Name)
	e := &Element{Name: Name{t.Space, local}, Line: t.Line, Column: t.Column}
	for _, a := range t.Attrs {
		if _, local := SplitName(a.Name); a.Space != xmlnsSpace {
			e.Attrs = append(e.Attrs, Attribute{Name{a.Space, local}, a.Value()})
		}
	}
	return e
}
