package unattend

import (
	"github.com/gildhq/gild/formats/xmldoc"
)

// MaxSize is the size in bytes of the largest file that is read.
const MaxSize = xmldoc.MaxSize

// parse reads a whole file: what is before the root, the root, what is after it.
func parse(text string) ([]*node, error) {
	top := &node{}
	at := top
	s := xmldoc.NewScanner(text)
	for {
		t, err := s.Next()
		if xmldoc.IsEnd(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		if t.Kind == xmldoc.EndTag {
			at.end = t.Tail
			at = at.parent
			continue
		}
		n := &node{parent: at, kind: t.Kind, line: t.Line, column: t.Column}
		if t.Kind == xmldoc.StartTag {
			n.name, n.attrs, n.tail, n.closed = t.Name, t.Attrs, t.Tail, t.Empty
		} else {
			n.raw = t.Raw
		}
		at.children = append(at.children, n)
		if n.isElement() && !n.closed {
			at = n
		}
	}
	for _, n := range top.children {
		n.parent = nil
	}
	return top.children, nil
}
