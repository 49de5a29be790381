package unattend

import (
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/xmldoc"
)

const blanks = " \t\r\n"

// node is an element, or a piece of what is between elements: text, a CDATA
// section, a comment, a processing instruction. Everything is kept as it was
// written.
type node struct {
	parent *node
	kind   xmldoc.Kind
	raw    string // of what is no element

	name     string // of an element, with its prefix; empty for anything else
	attrs    []xmldoc.Attr
	tail     string // blanks before the end of the start tag
	closed   bool   // the start tag is the whole element
	children []*node
	end      string // blanks in the end tag

	line, column int // where it was read; 0 of what is new
}

func (n *node) isElement() bool { return n.name != "" }

// isBlank reports whether the node is white space.
func (n *node) isBlank() bool { return !n.isElement() && strings.Trim(n.raw, blanks) == "" }

// isText reports whether the node is part of its element's text.
func (n *node) isText() bool { return n.kind == xmldoc.Chars || n.kind == xmldoc.CData }

func (n *node) write(b *strings.Builder) {
	if !n.isElement() {
		b.WriteString(n.raw)
		return
	}
	b.WriteString("<" + n.name)
	for _, a := range n.attrs {
		b.WriteString(a.Lead + a.Name + a.Equal + string(a.Quote) + a.Raw + string(a.Quote))
	}
	b.WriteString(n.tail)
	if n.closed {
		b.WriteString("/>")
		return
	}
	b.WriteString(">")
	for _, c := range n.children {
		c.write(b)
	}
	b.WriteString("</" + n.name + n.end + ">")
}

// elements returns the elements among the children.
func (n *node) elements() []*node {
	var list []*node
	for _, c := range n.children {
		if c.isElement() {
			list = append(list, c)
		}
	}
	return list
}

// named returns the child elements of that name in the namespace of answer files.
func (n *node) named(name string) []*node {
	return slices.DeleteFunc(n.elements(), func(c *node) bool { return !c.is(name) })
}

// is reports whether the element has that name in the namespace of answer files.
func (n *node) is(name string) bool {
	prefix, local := xmldoc.SplitName(n.name)
	return local == name && n.namespace(prefix) == Namespace
}

// namespace returns what a prefix stands for at the node (Namespaces in XML 1.0 §6).
func (n *node) namespace(prefix string) string {
	declaration := "xmlns:" + prefix
	if prefix == "" {
		declaration = "xmlns"
	}
	for ; n != nil; n = n.parent {
		if i := n.attrIndex(declaration); i >= 0 {
			return n.attrs[i].Value()
		}
	}
	return ""
}

// prefix returns a prefix that stands for the namespace at the node.
func (n *node) prefix(space string) (string, bool) {
	for at := n; at != nil; at = at.parent {
		for _, a := range at.attrs {
			if p, ok := strings.CutPrefix(a.Name, "xmlns:"); ok && a.Value() == space && n.namespace(p) == space {
				return p, true
			}
		}
	}
	return "", false
}

func (n *node) attrIndex(name string) int {
	return slices.IndexFunc(n.attrs, func(a xmldoc.Attr) bool { return a.Name == name })
}

// written returns the name of an attribute at the node, where wcm: stands for
// the namespace of that kind whatever its prefix is in the file.
func (n *node) written(name string) string {
	if local, ok := strings.CutPrefix(name, "wcm:"); ok {
		if p, ok := n.prefix(stateNamespace); ok {
			return p + ":" + local
		}
	}
	return name
}

func (n *node) attr(name string) (string, bool) {
	if i := n.attrIndex(n.written(name)); i >= 0 {
		return n.attrs[i].Value(), true
	}
	return "", false
}

// text returns the characters of the element itself.
func (n *node) text() string {
	var b strings.Builder
	for _, c := range n.children {
		if c.isText() {
			b.WriteString(xmldoc.Token{Kind: c.kind, Raw: c.raw}.Text())
		}
	}
	return b.String()
}
