package unattend

import (
	"slices"
	"strings"
)

// node is an element, or a piece of what is between elements: text, a CDATA
// section, a comment, a processing instruction. Everything is kept as it was
// written.
type node struct {
	parent *node
	raw    string // of what is no element

	name     string // of an element, with its prefix; empty for anything else
	attrs    []attr
	tail     string // blanks before the end of the start tag
	closed   bool   // the start tag is the whole element
	children []*node
	end      string // blanks in the end tag
}

type attr struct {
	lead  string // blanks before it
	name  string // with its prefix
	equal string // the sign, with blanks around it
	quote byte
	raw   string // value as it is written
}

func (n *node) isElement() bool { return n.name != "" }

// isBlank tells whether the node is white space.
func (n *node) isBlank() bool { return !n.isElement() && strings.Trim(n.raw, blanks) == "" }

// isText tells whether the node is part of its element's text.
func (n *node) isText() bool {
	return !n.isElement() && (!strings.HasPrefix(n.raw, "<") || strings.HasPrefix(n.raw, cdataStart))
}

func (n *node) write(b *strings.Builder) {
	if !n.isElement() {
		b.WriteString(n.raw)
		return
	}
	b.WriteString("<" + n.name)
	for _, a := range n.attrs {
		b.WriteString(a.lead + a.name + a.equal + string(a.quote) + a.raw + string(a.quote))
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

// is tells whether the element has that name in the namespace of answer files.
func (n *node) is(name string) bool {
	prefix, local := splitName(n.name)
	return local == name && n.namespace(prefix) == Namespace
}

func splitName(name string) (prefix, local string) {
	if prefix, local, ok := strings.Cut(name, ":"); ok {
		return prefix, local
	}
	return "", name
}

// namespace returns what a prefix stands for at the node (Namespaces in XML 1.0 §6).
func (n *node) namespace(prefix string) string {
	declaration := "xmlns:" + prefix
	if prefix == "" {
		declaration = "xmlns"
	}
	for ; n != nil; n = n.parent {
		if i := n.attrIndex(declaration); i >= 0 {
			return n.attrs[i].value()
		}
	}
	return ""
}

// prefix returns a prefix that stands for the namespace at the node.
func (n *node) prefix(space string) (string, bool) {
	for at := n; at != nil; at = at.parent {
		for _, a := range at.attrs {
			if p, ok := strings.CutPrefix(a.name, "xmlns:"); ok && a.value() == space && n.namespace(p) == space {
				return p, true
			}
		}
	}
	return "", false
}

func (n *node) attrIndex(name string) int {
	return slices.IndexFunc(n.attrs, func(a attr) bool { return a.name == name })
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
		return n.attrs[i].value(), true
	}
	return "", false
}

func (a attr) value() string {
	s := strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ", "\r", " ").Replace(a.raw)
	s, _ = unescape(s) // it was checked
	return s
}

// text returns the characters of the element itself.
func (n *node) text() string {
	var b strings.Builder
	for _, c := range n.children {
		if !c.isText() {
			continue
		}
		s := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(c.raw)
		if inner, ok := strings.CutPrefix(s, cdataStart); ok {
			b.WriteString(strings.TrimSuffix(inner, cdataEnd))
			continue
		}
		s, _ = unescape(s) // it was checked
		b.WriteString(s)
	}
	return b.String()
}
