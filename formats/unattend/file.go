// Package unattend reads and edits answer files of Windows Setup
// (urn:schemas-microsoft-com:unattend): settings by pass and component.
//
// What is not changed stays as it was written, to the byte: comments, white
// space, other components, the encoding and the line ends. Files may be UTF-8 or
// UTF-16. Document types are refused, so there are no entities to expand.
package unattend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/xmldoc"
)

// Namespace is the XML namespace of answer files.
const Namespace = "urn:schemas-microsoft-com:unattend"

// stateNamespace is that of the attributes action and keyValue of the elements
// in a list.
const stateNamespace = "http://schemas.microsoft.com/WMIConfig/2002/State"

// File is an answer file.
type File struct{ document }

// document is the XML of a file. What is changed in it looks as if its author had written it.
type document struct {
	encoding xmldoc.Encoding
	nodes    []*node
	root     *node
	newline  string
	unit     string // by which one level is indented further than the one above
}

// Component names the settings of one component in one pass.
type Component struct {
	Pass string // windowsPE, specialize, oobeSystem …
	Name string // Microsoft-Windows-Shell-Setup …
	Arch string // processor architecture: amd64, arm64, x86 …
}

// New returns a file without settings.
func New() *File {
	f, err := Parse([]byte("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" +
		"<unattend xmlns=\"" + Namespace + "\" xmlns:wcm=\"" + stateNamespace + "\">\r\n</unattend>\r\n"))
	if err != nil {
		panic("unattend: " + err.Error())
	}
	return f
}

// Parse reads a file. It must be well-formed, but what is in it need not make
// sense to Windows. What is wrong is an [xmldoc.Error].
func Parse(data []byte) (*File, error) {
	text, encoding, err := xmldoc.Read(data)
	if err != nil {
		return nil, err
	}
	f := &File{document{encoding: encoding, newline: "\n"}}
	if f.nodes, err = parse(text); err != nil {
		return nil, err
	}
	f.root = f.nodes[slices.IndexFunc(f.nodes, (*node).isElement)]
	if !f.root.is("unattend") {
		return nil, &xmldoc.Error{Line: f.root.line, Column: f.root.column, Detail: fmt.Sprintf("it is not an answer file: the root element must be <unattend xmlns=%q>", Namespace)}
	}
	if strings.Contains(text, "\r\n") {
		f.newline = "\r\n"
	} else if !strings.Contains(text, "\n") {
		f.newline = ""
	}
	f.unit = f.findUnit()
	return f, nil
}

// findUnit takes the indentation of the first pass as the unit.
func (d *document) findUnit() string {
	if first := d.root.elements(); len(first) > 0 {
		if unit := indentation(first[0]); unit != "" {
			return unit
		}
	}
	return "  "
}

// Bytes returns the file as it is written.
func (d *document) Bytes() []byte {
	var b strings.Builder
	for _, n := range d.nodes {
		n.write(&b)
	}
	return d.encoding.Bytes(b.String())
}

// Empty reports whether nothing is in the file.
func (d *document) Empty() bool { return len(d.root.elements()) == 0 }

// Components returns what the file has settings of, in its order.
func (f *File) Components() []Component {
	var list []Component
	for _, pass := range f.root.named("settings") {
		for _, n := range pass.named("component") {
			if c := componentOf(n); !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

func componentOf(n *node) Component {
	pass, _ := n.parent.attr("pass")
	name, _ := n.attr("name")
	arch, _ := n.attr("processorArchitecture")
	return Component{pass, name, strings.ToLower(arch)}
}

// Has reports whether the file has the component.
func (f *File) Has(c Component) bool { return len(f.find(c)) > 0 }

// find returns the elements of a component: one in a sound file.
func (f *File) find(c Component) []*node {
	var list []*node
	for _, pass := range f.root.named("settings") {
		for _, n := range pass.named("component") {
			if componentOf(n) == c {
				list = append(list, n)
			}
		}
	}
	return list
}

// ensure returns the elements of a component; one is made if there are none.
func (f *File) ensure(c Component) []*node {
	if list := f.find(c); len(list) > 0 {
		return list
	}
	pass := f.pass(c.Pass)
	n := f.element(pass, "component")
	for _, a := range [][2]string{
		{"name", c.Name}, {"processorArchitecture", c.Arch}, {"publicKeyToken", "31bf3856ad364e35"},
		{"language", "neutral"}, {"versionScope", "nonSxS"},
	} {
		f.setAttr(n, a[0], a[1])
	}
	f.insert(pass, n, nil)
	return []*node{n}
}

// pass returns the element of a pass, which is made if it is not there: after
// the other passes, as elements of other namespaces come last.
func (f *File) pass(name string) *node {
	var last *node
	for _, n := range f.root.elements() {
		if n.is("settings") || n.is("servicing") {
			last = n
		}
		if pass, _ := n.attr("pass"); n.is("settings") && pass == name {
			return n
		}
	}
	n := f.element(f.root, "settings")
	f.setAttr(n, "pass", name)
	switch all := f.root.elements(); {
	case last != nil:
		f.insert(f.root, n, last)
	case len(all) > 0:
		f.insertBefore(all[0], n)
	default:
		f.insert(f.root, n, nil)
	}
	return n
}

// Remove removes a component, and its pass if nothing else is in it.
func (f *File) Remove(c Component) {
	for _, n := range f.find(c) {
		pass := n.parent
		f.remove(n)
		f.removeEmpty(pass)
	}
}
