package unattend

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Merge makes a component hold what is wanted of it, and changes nothing else.
// Elements that are there stay where they are; new ones come after them, sorted
// by name. Absent fields are removed, and elements that hold nothing after that.
// Lists are wanted as a whole: their items are those wanted, in that order; what
// is not wanted of an item that is there already stays in it. Where the component
// stands twice, this is done to both.
func (f *File) Merge(c Component, want Setting) {
	if want.open() && !f.Has(c) {
		return
	}
	for _, n := range f.ensure(c) {
		f.object(n, want)
		f.removeEmpty(n)
	}
}

// object makes an element hold the fields of an object.
func (d *document) object(n *node, want Setting) {
	if len(n.elements()) == 0 && want.hasElements() {
		n.children = slices.DeleteFunc(n.children, func(c *node) bool { return c.isText() && !c.isBlank() })
	}
	for _, name := range slices.Sorted(maps.Keys(want.Fields)) {
		w := want.Fields[name]
		attrName, isAttr := strings.CutPrefix(name, "@")
		switch {
		case isAttr && w.Kind == Absent:
			if i := n.attrIndex(n.written(attrName)); i >= 0 {
				n.attrs = slices.Delete(n.attrs, i, i+1)
			}
		case isAttr:
			if have, ok := n.attr(attrName); !ok || have != w.Text {
				d.setAttr(n, attrName, w.Text)
			}
		case name == TextField:
			d.leaf(n, w.Text)
		default:
			d.child(n, name, w)
		}
	}
}

// hasElements reports whether elements are wanted in the element.
func (s Setting) hasElements() bool {
	for name, field := range s.Fields {
		if name != TextField && !strings.HasPrefix(name, "@") && !field.open() {
			return true
		}
	}
	return false
}

// leaf makes text all that is in an element, if it is not already.
func (d *document) leaf(n *node, text string) {
	if len(n.elements()) > 0 || n.text() != text {
		d.setText(n, text)
	}
}

// child makes the elements of a name in parent what is wanted.
func (d *document) child(parent *node, name string, want Setting) {
	found := parent.named(name)
	if want.Kind == List {
		d.list(parent, name, found, want)
		return
	}
	if want.Kind == Object && len(want.Fields) == 0 {
		return
	}
	keep := 1
	if want.Kind == Absent {
		keep = 0
	}
	for len(found) > keep {
		d.remove(found[len(found)-1])
		found = found[:len(found)-1]
	}
	if len(found) == 0 {
		if want.open() {
			return
		}
		n := d.element(parent, name)
		d.insert(parent, n, nil)
		found = []*node{n}
	}
	n := found[0]
	d.set(n, want)
	if want.open() && len(n.attrs) == 0 && n.holdsNothing() {
		d.remove(n)
	}
}

func (d *document) set(n *node, want Setting) {
	if want.Kind == Text {
		d.leaf(n, want.Text)
	} else {
		d.object(n, want)
	}
}

// list makes the elements of a name the wanted items.
func (d *document) list(parent *node, name string, found []*node, want Setting) {
	pairs := match(found, want.Items)
	elements := make([]*node, len(want.Items))
	var left []*node
	for _, n := range found {
		if i, ok := pairs[n]; ok {
			elements[i] = n
			left = append(left, n)
		} else {
			d.remove(n)
		}
	}
	taken := map[string]bool{}
	for _, n := range left {
		key, _ := n.attr(keyValue)
		taken[key] = true
	}
	var last *node
	for i, item := range want.Items {
		n := elements[i]
		switch {
		case n != nil && n == first(left):
			left = left[1:]
		case n != nil:
			d.remove(n)
			left = slices.DeleteFunc(left, func(l *node) bool { return l == n })
			d.place(parent, n, last, left)
		default:
			n = d.element(parent, name)
			d.place(parent, n, last, left)
			d.setAttr(n, "wcm:action", "add")
			if item.Kind == Text {
				d.setAttr(n, keyValue, free(taken, i+1))
			}
		}
		d.set(n, item)
		last = n
	}
}

// keyValue is the attribute by which Windows tells items of plain text apart.
const keyValue = "wcm:keyValue"

// free returns the first number that is not taken, and takes it.
func free(taken map[string]bool, n int) string {
	for taken[strconv.Itoa(n)] {
		n++
	}
	taken[strconv.Itoa(n)] = true
	return strconv.Itoa(n)
}

func first(list []*node) *node {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// place puts an item behind the last one, or before those that are left.
func (d *document) place(parent, n, last *node, left []*node) {
	if last == nil && len(left) > 0 {
		d.insertBefore(left[0], n)
		return
	}
	d.insert(parent, n, last)
}
