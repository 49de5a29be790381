package unattend

import (
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/xmldoc"
)

// Path leads from a component to an element with text. It is written as names
// with slashes between them; behind the name of an item of a list, in brackets,
// what tells it from the others: LocalAccounts/LocalAccount[Name=admin]/Password.
type Path []Step

// Step is one element of a path.
type Step struct {
	Name       string
	Key, Value string // field and its text that the element has; without a Key it is the first
}

// ParsePath reads a path.
func ParsePath(text string) (Path, error) {
	var path Path
	for rest := text; ; {
		var s Step
		end := strings.IndexAny(rest, "/[")
		if end < 0 {
			end = len(rest)
		}
		s.Name, rest = rest[:end], rest[end:]
		if !xmldoc.IsName(s.Name) {
			return nil, fmt.Errorf("%q is not the name of an element", s.Name)
		}
		if selector, ok := strings.CutPrefix(rest, "["); ok {
			inside, after, closed := strings.Cut(selector, "]")
			key, value, isPair := strings.Cut(inside, "=")
			if !closed || !isPair || value == "" || ValidField(key) != nil {
				return nil, fmt.Errorf("after %s there must be an element or attribute and its text in brackets, as in [Name=admin]", s.Name)
			}
			s.Key, s.Value, rest = key, value, after
		}
		path = append(path, s)
		if rest == "" {
			return path, nil
		}
		var more bool
		if rest, more = strings.CutPrefix(rest, "/"); !more {
			return nil, fmt.Errorf("after %s there must be a slash", s.Name)
		}
	}
}

// String returns the path as it is written.
func (p Path) String() string {
	steps := make([]string, len(p))
	for i, s := range p {
		if steps[i] = s.Name; s.Key != "" {
			steps[i] += "[" + s.Key + "=" + s.Value + "]"
		}
	}
	return strings.Join(steps, "/")
}

// ValidField tells what is wrong with the name of a field of a [Setting].
func ValidField(name string) error {
	if name == TextField {
		return nil
	}
	attribute, isAttribute := strings.CutPrefix(name, "@")
	local, isState := strings.CutPrefix(attribute, "wcm:")
	switch {
	case isAttribute && (!xmldoc.IsName(local) || !isState && attribute == "xmlns"):
		return fmt.Errorf("%q is not the name of an attribute; it is written as \"@name\" or \"@wcm:name\"", name)
	case !isAttribute && !xmldoc.IsName(name):
		return fmt.Errorf("%q is not the name of an element", name)
	}
	return nil
}

// ValidText tells what is wrong with a text for a file.
func ValidText(text string) error {
	for _, r := range text {
		if !xmldoc.IsChar(r) {
			return fmt.Errorf("the character %U can't be in an XML file", r)
		}
	}
	return nil
}

// Lookup returns the text at a path; false if there is no such element. Of an
// element that has elements it is all that is in it, as it is written.
func (f *File) Lookup(c Component, path Path) (string, bool) {
	list := f.find(c)
	if len(list) == 0 {
		return "", false
	}
	at := list[0]
	for _, s := range path {
		if at = at.step(s); at == nil {
			return "", false
		}
	}
	if len(at.elements()) == 0 {
		return at.text(), true
	}
	var b strings.Builder
	at.write(&b)
	return b.String(), true
}

// Line returns the line of an element, or of the component where there is no such
// element; the path is of names with slashes between them.
func (f *File) Line(c Component, path string) int {
	list := f.find(c)
	if len(list) == 0 {
		return 0
	}
	at := list[0]
	for name := range strings.SplitSeq(path, "/") {
		next := at.named(name)
		if len(next) == 0 {
			break
		}
		at = next[0]
	}
	return at.line
}

func (n *node) step(s Step) *node {
	for _, c := range n.named(s.Name) {
		if s.Key == "" {
			return c
		}
		if key := field(c, s.Key, Setting{Kind: Text}); key.Kind == Text && key.Text == s.Value {
			return c
		}
	}
	return nil
}

// Set makes text all that is in the element at a path. Elements on the way are
// made. Where the component stands twice, this is done to both.
func (f *File) Set(c Component, path Path, text string) {
	for _, at := range f.ensure(c) {
		for _, s := range path {
			next := at.step(s)
			if next == nil {
				next = f.element(at, s.Name)
				f.insert(at, next, nil)
				if s.Key != "" {
					f.setAttr(next, "wcm:action", "add")
					f.object(next, Setting{Kind: Object, Fields: map[string]Setting{s.Key: {Kind: Text, Text: s.Value}}})
				}
			}
			at = next
		}
		f.leaf(at, text)
	}
}

// Unset removes the element at a path, and those above it that hold nothing then.
func (f *File) Unset(c Component, path Path) {
	for _, at := range f.find(c) {
		for _, s := range path {
			if at = at.step(s); at == nil {
				break
			}
		}
		if at != nil {
			above := at.parent
			f.remove(at)
			f.removeEmpty(above)
		}
	}
}
