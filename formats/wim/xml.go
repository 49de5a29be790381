package wim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Element is an element of the XML that describes the images. Unknown elements are
// kept when a file is written.
type Element struct {
	Name     string
	Attrs    []Attr
	Text     string // the character data, without white space around it
	Children []*Element
}

// Attr is an attribute of an [Element].
type Attr struct{ Name, Value string }

// XML returns a copy of the file's XML, the element WIM; never nil.
func (f *File) XML() *Element { return f.xml.Clone() }

// Clone returns a deep copy of e.
func (e *Element) Clone() *Element {
	c := &Element{Name: e.Name, Attrs: slices.Clone(e.Attrs), Text: e.Text}
	for _, child := range e.Children {
		c.Children = append(c.Children, child.Clone())
	}
	return c
}

// Find returns the element at path below e, or nil. A nil e finds nothing.
func (e *Element) Find(path ...string) *Element {
	for _, name := range path {
		if e == nil {
			return nil
		}
		i := slices.IndexFunc(e.Children, func(c *Element) bool { return c.Name == name })
		if i < 0 {
			return nil
		}
		e = e.Children[i]
	}
	return e
}

// Value returns the text at path below e; "" where there is none.
func (e *Element) Value(path ...string) string {
	if found := e.Find(path...); found != nil {
		return found.Text
	}
	return ""
}

// Put returns the element at path below e, making what is missing of it.
func (e *Element) Put(path ...string) *Element {
	for _, name := range path {
		child := e.Find(name)
		if child == nil {
			child = &Element{Name: name}
			e.Children = append(e.Children, child)
		}
		e = child
	}
	return e
}

// Set gives the element at path below e that text.
func (e *Element) Set(text string, path ...string) { e.Put(path...).Text = text }

// Remove removes the children of e with that name.
func (e *Element) Remove(name string) {
	e.Children = slices.DeleteFunc(e.Children, func(c *Element) bool { return c.Name == name })
}

// Attr returns the value of an attribute; "" where there is none.
func (e *Element) Attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// SetAttr sets an attribute.
func (e *Element) SetAttr(name, value string) {
	for i := range e.Attrs {
		if e.Attrs[i].Name == name {
			e.Attrs[i].Value = value
			return
		}
	}
	e.Attrs = append(e.Attrs, Attr{name, value})
}

const maxXMLDepth = 64

// parseXML parses the XML resource, UTF-16 with a byte order mark. An empty
// one gives an empty WIM element.
func parseXML(b []byte) (*Element, error) {
	if len(b) == 0 {
		return &Element{Name: "WIM"}, nil
	}
	if !bytes.HasPrefix(b, []byte{0xff, 0xfe}) {
		return nil, errors.New("it is not little-endian UTF-16 with a byte order mark")
	}
	text := strings.TrimRight(strings.ToValidUTF8(nt.DecodeUTF16(b[2:]), "\ufffd"), "\x00")
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	document := &Element{}
	if err := document.parse(d); err != nil {
		return nil, err
	}
	if len(document.Children) != 1 || document.Children[0].Name != "WIM" {
		return nil, errors.New("its root element is not WIM")
	}
	return document.Children[0], nil
}

// parse adds what d holds to e.
func (e *Element) parse(d *xml.Decoder) error {
	open, texts := []*Element{e}, []*strings.Builder{{}}
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			if len(open) > 1 {
				return fmt.Errorf("element %s is not closed", open[len(open)-1].Name)
			}
			return nil
		}
		if err != nil {
			return err
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) > maxXMLDepth {
				return fmt.Errorf("elements are nested more than %d deep", maxXMLDepth)
			}
			child := newElement(token)
			top.Children = append(top.Children, child)
			open, texts = append(open, child), append(texts, &strings.Builder{})
		case xml.EndElement:
			if len(open) == 1 || top.Name != qualified(token.Name) {
				return fmt.Errorf("unexpected end of element %s", qualified(token.Name))
			}
			top.Text = strings.TrimSpace(texts[len(open)-1].String())
			open, texts = open[:len(open)-1], texts[:len(open)-1]
		case xml.CharData:
			texts[len(open)-1].Write(token)
		}
	}
}

func newElement(token xml.StartElement) *Element {
	e := &Element{Name: qualified(token.Name)}
	for _, a := range token.Attr {
		e.Attrs = append(e.Attrs, Attr{qualified(a.Name), a.Value})
	}
	return e
}

func qualified(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// bytes encodes e as the XML resource holds it.
func (e *Element) bytes() []byte {
	var b bytes.Buffer
	e.write(&b)
	return nt.AppendUTF16([]byte{0xff, 0xfe}, b.String())
}

func (e *Element) write(b *bytes.Buffer) {
	b.WriteString("<" + e.Name)
	for _, a := range e.Attrs {
		b.WriteString(" " + a.Name + `="`)
		xml.EscapeText(b, []byte(a.Value)) // a bytes.Buffer does not fail
		b.WriteString(`"`)
	}
	b.WriteString(">")
	xml.EscapeText(b, []byte(e.Text))
	for _, c := range e.Children {
		c.write(b)
	}
	b.WriteString("</" + e.Name + ">")
}
