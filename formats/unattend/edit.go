package unattend

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/xmldoc"
)

// element returns a new element that belongs into parent.
func (d *document) element(parent *node, name string) *node {
	if prefix, _ := xmldoc.SplitName(parent.name); prefix != "" && parent.namespace(prefix) == Namespace {
		name = prefix + ":" + name
	}
	return &node{parent: parent, kind: xmldoc.StartTag, name: name, closed: true}
}

// indentation is what is between the beginning of the line and the node.
func indentation(n *node) string {
	if n.parent == nil {
		return ""
	}
	i := slices.Index(n.parent.children, n)
	if i < 1 || !n.parent.children[i-1].isBlank() {
		return ""
	}
	space := n.parent.children[i-1].raw
	return space[strings.LastIndexAny(space, "\r\n")+1:]
}

// lead is the white space before a new child of parent: as before the others.
func (d *document) lead(parent *node) string {
	if d.newline == "" {
		return ""
	}
	for i, c := range parent.children {
		if i > 0 && c.isElement() && parent.children[i-1].isBlank() && strings.ContainsAny(parent.children[i-1].raw, "\r\n") {
			return d.newline + indentation(c)
		}
	}
	return d.newline + d.indent(parent) + d.unit
}

// indent is the indentation of an element that may be new.
func (d *document) indent(n *node) string {
	if n.parent == nil {
		return ""
	}
	return indentation(n)
}

// insert puts n into parent: behind the child after and a comment that follows
// it on its line, or behind all others.
func (d *document) insert(parent, n, after *node) {
	lead := d.lead(parent)
	parent.closed = false
	at := len(parent.children)
	if after != nil {
		at = slices.Index(parent.children, after) + 1
		for at < len(parent.children) && !parent.children[at].isElement() && !strings.ContainsAny(parent.children[at].raw, "\r\n") {
			at++
		}
	} else if at > 0 && parent.children[at-1].isBlank() {
		at--
	}
	added := []*node{n}
	if lead != "" {
		added = []*node{{parent: parent, kind: xmldoc.Chars, raw: lead}, n}
		if at == len(parent.children) {
			added = append(added, &node{parent: parent, kind: xmldoc.Chars, raw: d.newline + d.indent(parent)})
		}
	}
	n.parent = parent
	parent.children = slices.Insert(parent.children, at, added...)
}

// insertBefore puts n before its sister.
func (d *document) insertBefore(sister, n *node) {
	parent := sister.parent
	n.parent = parent
	added := []*node{n}
	if lead := d.lead(parent); lead != "" {
		added = append(added, &node{parent: parent, kind: xmldoc.Chars, raw: lead})
	}
	parent.children = slices.Insert(parent.children, slices.Index(parent.children, sister), added...)
}

// remove takes a node out of its parent, with the white space before it.
func (d *document) remove(n *node) {
	parent := n.parent
	i := slices.Index(parent.children, n)
	from := i
	if i > 0 && parent.children[i-1].isBlank() {
		from--
	}
	parent.children = slices.Delete(parent.children, from, i+1)
}

func (n *node) holdsNothing() bool {
	return !slices.ContainsFunc(n.children, func(c *node) bool { return !c.isBlank() })
}

// removeEmpty removes an element that holds nothing, and then those above it of
// which this is true; the root stays.
func (d *document) removeEmpty(n *node) {
	for n != d.root && n.holdsNothing() {
		parent := n.parent
		d.remove(n)
		n = parent
	}
}

// setAttr sets an attribute. The prefix wcm is declared where it is not.
func (d *document) setAttr(n *node, name, value string) {
	if strings.HasPrefix(name, "wcm:") {
		if _, ok := n.prefix(stateNamespace); !ok {
			d.setAttr(d.declarer(n), "xmlns:wcm", stateNamespace)
		}
	}
	a := xmldoc.Attr{Lead: " ", Name: n.written(name), Equal: "=", Quote: '"', Raw: d.escape(value, true)}
	if i := n.attrIndex(a.Name); i >= 0 {
		n.attrs[i].Raw, n.attrs[i].Quote = a.Raw, a.Quote
	} else {
		n.attrs = append(n.attrs, a)
	}
}

// declarer is the element that declares prefixes for n: its component.
func (d *document) declarer(n *node) *node {
	for at := n; at.parent != nil; at = at.parent {
		if at.is("component") && at.parent.is("settings") {
			return at
		}
	}
	return n
}

// setText makes text the only content of an element, apart from comments.
func (d *document) setText(n *node, text string) {
	at := max(0, slices.IndexFunc(n.children, (*node).isText))
	n.children = slices.DeleteFunc(n.children, func(c *node) bool { return c.isText() || c.isElement() })
	if text != "" {
		n.children = slices.Insert(n.children, min(at, len(n.children)), &node{parent: n, kind: xmldoc.Chars, raw: d.escape(text, false)})
	}
	n.closed = len(n.children) == 0
}

// escape writes text so that it is read as it is (XML 1.0 §2.4, §2.11, §3.3.3).
func (d *document) escape(text string, inAttribute bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"' && inAttribute:
			b.WriteString("&quot;")
		case r == '\r', inAttribute && (r == '\n' || r == '\t'), d.encoding.ASCII && r >= utf8.RuneSelf:
			fmt.Fprintf(&b, "&#x%X;", r)
		case r == '\n' && d.newline != "":
			b.WriteString(d.newline)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
