package unattend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/xmldoc"
)

// Conflict is a setting that has different values in a component that stands twice.
type Conflict struct {
	Component
	Path  string // names of elements, with slashes between them
	Lines [2]int
}

// String says what differs where.
func (c Conflict) String() string {
	if c.Lines[0] == c.Lines[1] {
		return fmt.Sprintf("%s of the component %s in the pass %s has two values on line %d", c.Path, c.Name, c.Pass, c.Lines[0])
	}
	return fmt.Sprintf("%s of the component %s in the pass %s is one thing on line %d and another on line %d", c.Path, c.Name, c.Pass, c.Lines[0], c.Lines[1])
}

// Join makes one of what stands more than once, and returns the settings that
// stand in the way: such a component stays as it is.
func (f *File) Join() []Conflict {
	var all []Conflict
	for _, group := range f.groups() {
		for _, n := range group[1:] {
			conflicts := join(group[0], n, "", false)
			for i := range conflicts {
				conflicts[i].Component = componentOf(n)
			}
			if all = append(all, conflicts...); len(conflicts) > 0 {
				continue
			}
			join(group[0], n, "", true)
			pass := n.parent
			f.remove(n)
			f.removeEmpty(pass)
		}
	}
	for _, name := range f.Passes() {
		list := f.passes(name)
		if slices.ContainsFunc(list, func(n *node) bool { return !n.processed() }) {
			f.Unmark(name) // of one marked and one that is not, no setting may be skipped
		}
		for _, n := range list[1:] {
			for _, c := range slices.Clone(n.children) {
				if !c.isBlank() {
					move(list[0], c)
				}
			}
			f.remove(n)
		}
	}
	return all
}

// join moves what is in the element from into the element to, if do is set, and
// returns what has different values in the two.
func join(to, from *node, path string, do bool) []Conflict {
	var all []Conflict
	have := map[string][]*node{}
	for _, n := range to.elements() {
		have[n.local()] = append(have[n.local()], n)
	}
	for _, c := range slices.Clone(from.children) {
		if c.kind == xmldoc.Comment && do {
			move(to, c)
		}
		if !c.isElement() {
			continue
		}
		here := path + c.local()
		switch same := have[c.local()]; {
		case len(same) == 0:
			if do {
				move(to, c)
			}
		case slices.ContainsFunc(same, func(n *node) bool { return alike(whole(n), whole(c)) }):
		case c.isItem() || same[0].isItem():
			if other := sameItem(same, c); other != nil {
				all = append(all, Conflict{Path: here, Lines: [2]int{other.line, c.line}})
			} else if do {
				move(to, c)
			}
		case len(c.elements()) > 0 && len(same[0].elements()) > 0:
			all = append(all, join(same[0], c, here+"/", do)...)
		default:
			all = append(all, Conflict{Path: here, Lines: [2]int{same[0].line, c.line}})
		}
	}
	return all
}

// sameItem returns the item of a list that has the key of another one, which says
// something else.
func sameItem(list []*node, item *node) *node {
	for _, n := range list {
		key := KeyField([]Setting{withAttrs(n), withAttrs(item)})
		if key != "" && withAttrs(n).Fields[key].Text == withAttrs(item).Fields[key].Text {
			return n
		}
	}
	return nil
}

func withAttrs(n *node) Setting {
	s := whole(n)
	if s.Kind != Object {
		s = Setting{Kind: Object, Fields: map[string]Setting{TextField: s}}
	}
	return s
}

// alike compares two settings.
func alike(a, b Setting) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Fields) != len(b.Fields) || len(a.Items) != len(b.Items) {
		return false
	}
	for name, field := range a.Fields {
		if other, ok := b.Fields[name]; !ok || !alike(field, other) {
			return false
		}
	}
	for i := range a.Items {
		if !alike(a.Items[i], b.Items[i]) {
			return false
		}
	}
	return true
}

// move puts a node, with the white space before it, behind all others in to.
func move(to, n *node) {
	carryPrefixes(to, n)
	from := n.parent
	i := slices.Index(from.children, n)
	moved := []*node{n}
	if i > 0 && from.children[i-1].isBlank() {
		moved = []*node{from.children[i-1], n}
	}
	from.children = slices.Delete(from.children, i+1-len(moved), i+1)
	at := len(to.children)
	if at > 0 && to.children[at-1].isBlank() {
		at--
	}
	for _, m := range moved {
		m.parent = to
	}
	to.children = slices.Insert(to.children, at, moved...)
	to.closed = false
}

// carryPrefixes declares at an element that is to be moved what its prefixes stand
// for, where that is something else in the place it comes to.
func carryPrefixes(to, n *node) {
	if !n.isElement() {
		return
	}
	for at := n.parent; at != nil; at = at.parent {
		for _, a := range at.attrs {
			prefix, isPrefix := strings.CutPrefix(a.Name, "xmlns:")
			if !isPrefix && a.Name != "xmlns" {
				continue
			}
			if !isPrefix {
				prefix = ""
			}
			space := n.namespace(prefix)
			if n.attrIndex(a.Name) >= 0 || to.namespace(prefix) == space {
				continue
			}
			declared := xmldoc.Attr{Lead: " ", Name: a.Name, Equal: "=", Quote: a.Quote, Raw: a.Raw}
			if isPrefix && to.namespace(prefix) == "" {
				to.attrs = append(to.attrs, declared)
			} else {
				n.attrs = append(n.attrs, declared)
			}
		}
	}
}

func (n *node) local() string {
	_, local := xmldoc.SplitName(n.name)
	return local
}
