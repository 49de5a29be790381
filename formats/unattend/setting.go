package unattend

import (
	"maps"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/xmldoc"
)

// Kind is what a [Setting] is.
type Kind int

const (
	Absent Kind = iota // no such element
	Text               // an element with text only
	Object             // an element with elements or attributes
	List               // all elements of a name, in order
)

// Setting is an element of a component, or all elements of one name. Fields are
// child elements by name; attributes by "@" and their name, where the prefix wcm
// stands for http://schemas.microsoft.com/WMIConfig/2002/State; and the text of
// an element that has attributes by "#text". A component is an object.
type Setting struct {
	Kind   Kind
	Text   string
	Fields map[string]Setting
	Items  []Setting
}

// TextField is the name of the field for the text of an element with attributes.
const TextField = "#text"

// keyFields tell the items of a list apart: the first that all of them have.
var keyFields = [...]string{"@wcm:keyValue", "Order", "Name", "Identifier", "DiskID", "PartitionID", "Key", "Domain", "Path"}

// KeyField returns the field by which the items of a wanted list are found among
// those of a file; empty if it is their place in the list.
func KeyField(items []Setting) string {
	for _, name := range keyFields {
		if len(items) > 0 && !slices.ContainsFunc(items, func(s Setting) bool { return s.Fields[name].Kind != Text }) {
			return name
		}
	}
	return ""
}

// open reports whether the setting wants nothing to be there.
func (s Setting) open() bool {
	switch s.Kind {
	case Absent:
		return true
	case Object:
		for _, f := range s.Fields {
			if !f.open() {
				return false
			}
		}
		return true
	}
	return s.Kind == List && len(s.Items) == 0
}

// Get returns what the file holds of what is wanted of a component: an object
// with the fields of want. Items of lists that are not wanted, and what is there
// in another form than wanted, come whole.
func (f *File) Get(c Component, want Setting) Setting {
	var at *node
	if list := f.find(c); len(list) > 0 {
		at = list[0]
	}
	return part(at, want)
}

// All returns all settings of a component.
func (f *File) All(c Component) Setting {
	if list := f.find(c); len(list) > 0 {
		s := whole(list[0])
		maps.DeleteFunc(s.Fields, func(name string, _ Setting) bool { return strings.HasPrefix(name, "@") })
		return s
	}
	return Setting{}
}

// part returns what an element, which may be missing, holds of an object.
func part(at *node, want Setting) Setting {
	if at == nil && !want.open() {
		return Setting{}
	}
	have := Setting{Kind: Object, Fields: map[string]Setting{}}
	for name, w := range want.Fields {
		have.Fields[name] = field(at, name, w)
	}
	return have
}

func field(at *node, name string, want Setting) Setting {
	if attrName, ok := strings.CutPrefix(name, "@"); ok || name == TextField {
		return plain(at, attrName, ok)
	}
	var found []*node
	if at != nil {
		found = at.named(name)
	}
	if want.Kind == List {
		return list(found, want)
	}
	switch {
	case len(found) > 1:
		return Setting{Kind: List, Items: wholes(found)}
	case want.Kind == Object && len(found) == 0:
		return part(nil, want)
	case len(found) == 0:
		return Setting{}
	case want.Kind == Object && !(want.open() && len(want.Fields) == 0):
		return part(found[0], want)
	case want.Kind == Object:
		return want
	case want.Kind == Text && len(found[0].elements()) == 0:
		return Setting{Kind: Text, Text: found[0].text()}
	}
	return whole(found[0])
}

func plain(at *node, name string, attribute bool) Setting {
	if at == nil {
		return Setting{}
	}
	if !attribute {
		return Setting{Kind: Text, Text: at.text()}
	}
	value, ok := at.attr(name)
	if !ok {
		return Setting{}
	}
	return Setting{Kind: Text, Text: value}
}

// list returns what is there of a list: its items in the order of the file.
func list(found []*node, want Setting) Setting {
	have := Setting{Kind: List, Items: []Setting{}}
	if len(found) == 0 && len(want.Items) > 0 {
		return Setting{}
	}
	pairs := match(found, want.Items)
	for _, n := range found {
		switch w, ok := pairs[n]; {
		case !ok:
			have.Items = append(have.Items, whole(n))
		case want.Items[w].Kind == Object:
			have.Items = append(have.Items, part(n, want.Items[w]))
		case len(n.elements()) > 0:
			have.Items = append(have.Items, whole(n))
		default:
			have.Items = append(have.Items, Setting{Kind: Text, Text: n.text()})
		}
	}
	return have
}

// match finds the wanted items, by their place, that elements stand for.
func match(found []*node, items []Setting) map[*node]int {
	pairs := map[*node]int{}
	key := KeyField(items)
	if key == "" {
		for i := range min(len(found), len(items)) {
			pairs[found[i]] = i
		}
		return pairs
	}
	byKey := map[string]int{}
	for i, item := range items {
		byKey[item.Fields[key].Text] = i
	}
	for _, n := range found {
		s := field(n, key, Setting{Kind: Text})
		i, ok := byKey[s.Text]
		if s.Kind == Text && ok {
			pairs[n] = i
			delete(byKey, s.Text)
		}
	}
	return pairs
}

// whole returns all that is in an element.
func whole(n *node) Setting {
	s := Setting{Kind: Object, Fields: map[string]Setting{}}
	for _, a := range n.attrs {
		name := a.Name
		prefix, local := xmldoc.SplitName(name)
		if prefix == "xmlns" || name == "xmlns" {
			continue
		}
		if prefix != "" && n.namespace(prefix) == stateNamespace {
			name = "wcm:" + local
		}
		if name != "wcm:action" {
			s.Fields["@"+name] = Setting{Kind: Text, Text: a.Value()}
		}
	}
	children := n.elements()
	if len(children) == 0 {
		text := Setting{Kind: Text, Text: n.text()}
		if len(s.Fields) == 0 {
			return text
		}
		s.Fields[TextField] = text
		return s
	}
	byName := map[string][]*node{}
	for _, c := range children {
		_, local := xmldoc.SplitName(c.name)
		byName[local] = append(byName[local], c)
	}
	for name, list := range byName {
		if s.Fields[name] = whole(list[0]); len(list) > 1 || list[0].isItem() {
			s.Fields[name] = Setting{Kind: List, Items: wholes(list)}
		}
	}
	return s
}

// isItem reports whether the element is marked as an item of a list.
func (n *node) isItem() bool {
	_, ok := n.attr("wcm:action")
	return ok
}

func wholes(list []*node) []Setting {
	all := make([]Setting, len(list))
	for i, n := range list {
		all[i] = whole(n)
	}
	return all
}
