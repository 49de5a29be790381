package offline

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
)

// Differences implements [image.Differ]. It compares everything that a WIM file records
// about a file, except the time of last access.
func (s *session) Differences(made image.Session) ([]image.Difference, error) {
	from, ok := image.As[*session](made)
	if !ok {
		return nil, errors.New("the image that gild made is not open from a WIM file")
	}
	d := &differences{is: s, was: from, isLinks: links(s.root()), wasLinks: links(from.root())}
	d.metadata()
	d.node("", s.root(), from.root())
	return d.list, nil
}

// differences collects the differences between an image and its former state.
type differences struct {
	is, was           *session
	isLinks, wasLinks map[uint64]string // the first name of a file, by its hard links
	list              []image.Difference
}

func (d *differences) add(kind image.DifferenceKind, change image.ChangeKind, path, what string) {
	d.list = append(d.list, image.Difference{Kind: kind, Change: change, Path: path, What: what})
}

// node compares two nodes with one name.
func (d *differences) node(name string, is, was *wim.Node) {
	if is.IsDir() != was.IsDir() {
		d.one(name, was, image.Removed)
		d.one(name, is, image.Added)
		return
	}
	if what := d.what(is, was); len(what) > 0 && !d.hive(name, is, was, what) {
		d.add(kindOf(is), image.Changed, cleanName(name), strings.Join(what, ", "))
	}
	for _, p := range pairs(is.Children, was.Children, func(n *wim.Node) string { return n.Name }) {
		switch {
		case p.b == nil:
			d.one(below(name, (*p.a).Name), *p.a, image.Added)
		case p.a == nil:
			d.one(below(name, (*p.b).Name), *p.b, image.Removed)
		default:
			d.node(below(name, (*p.a).Name), *p.a, *p.b)
		}
	}
}

// fewInside is up to how many files or keys in an added or removed folder or key are
// named one by one.
const fewInside = 20

// one adds a file, or a folder with everything in it.
func (d *differences) one(name string, n *wim.Node, change image.ChangeKind) {
	var inside []string
	for path := range n.All() {
		inside = append(inside, path)
	}
	if len(inside) > fewInside+1 {
		d.add(kindOf(n), change, name, fmt.Sprintf("with %d files and folders in it", len(inside)-1))
		return
	}
	for path, in := range n.All() {
		d.add(kindOf(in), change, strings.TrimSuffix(name+"/"+strings.ReplaceAll(path, `\`, "/"), "/"), "")
	}
}

func kindOf(n *wim.Node) image.DifferenceKind {
	if n.IsDir() {
		return image.DiffersFolder
	}
	return image.DiffersFile
}

func cleanName(name string) string {
	if name == "" {
		return "."
	}
	return name
}

// what lists in which properties two nodes differ.
func (d *differences) what(is, was *wim.Node) []string {
	var what []string
	for _, f := range []struct {
		name    string
		differs bool
	}{
		{"content", is.Hash() != was.Hash()},
		{"attributes", is.Attributes&^wim.AttrNormal != was.Attributes&^wim.AttrNormal},
		{"time of creation", is.Created != was.Created},
		{"time of the last change", is.Written != was.Written},
		{"security descriptor", !bytes.Equal(is.Security, was.Security)},
		{"short name", is.ShortName != was.ShortName},
		{"link or other reparse point", is.ReparseTag != was.ReparseTag || !slices.Equal(streams(is, wim.Reparse), streams(was, wim.Reparse))},
		{"alternate data streams", !slices.Equal(streams(is, wim.Data), streams(was, wim.Data))},
		{"hard links", d.isLinks[is.HardLink] != d.wasLinks[was.HardLink]},
		{"object ID", !bytes.Equal(is.Tagged, was.Tagged)},
	} {
		if f.differs {
			what = append(what, f.name)
		}
	}
	return what
}

// streams returns the names and hashes of the streams of a kind, except the unnamed
// stream.
func streams(n *wim.Node, kind wim.StreamKind) []string {
	var all []string
	for _, s := range n.Streams {
		if s.Kind == kind && (kind == wim.Reparse || s.Name != "") {
			all = append(all, s.Name+"\x00"+s.Hash.String())
		}
	}
	slices.Sort(all)
	return all
}

// links returns the first name, in the order of the tree, of each file with several
// names.
func links(root *wim.Node) map[uint64]string {
	first := map[uint64]string{0: ""}
	for name, n := range root.All() {
		if _, ok := first[n.HardLink]; !ok {
			first[n.HardLink] = name
		}
	}
	return first
}

// volatile are the XML elements that are not compared: those that depend on the files,
// and the receipt.
var volatile = []string{receiptParent, "DIRCOUNT", "FILECOUNT", "TOTALBYTES", "HARDLINKBYTES", "LASTMODIFICATIONTIME"}

// metadata compares the XML data, and the header with its record in the seal.
func (d *differences) metadata() {
	file := d.is.source.file
	for _, other := range file.Images() {
		if other.Index != d.is.source.index {
			d.add(image.DiffersMetadata, image.Added, fmt.Sprintf("image %d", other.Index), fmt.Sprintf("%q", other.Name))
		}
	}
	is := flat(d.is.source.image.Info.XML)
	was := flat(d.was.source.image.Info.XML)
	for _, name := range unite(is, was) {
		switch {
		case is[name] == was[name]:
		case was[name] == "":
			d.add(image.DiffersMetadata, image.Added, name, fmt.Sprintf("%q", is[name]))
		case is[name] == "":
			d.add(image.DiffersMetadata, image.Removed, name, fmt.Sprintf("%q", was[name]))
		default:
			d.add(image.DiffersMetadata, image.Changed, name, fmt.Sprintf("%q -> %q", was[name], is[name]))
		}
	}
	if e := d.is.source.image.Info.XML.Find(receiptParent, sealName); e != nil {
		for _, now := range shapeOf(file) {
			if sealed := e.Attr(now.Name); sealed != now.Value && len(file.Images()) == 1 {
				d.add(image.DiffersMetadata, image.Changed, now.Name, fmt.Sprintf("%q -> %q", sealed, now.Value))
			}
		}
	}
}

// flat returns the texts of all elements below an element, by their paths.
func flat(xml *wim.Element) map[string]string {
	texts := map[string]string{}
	var add func(at string, e *wim.Element)
	add = func(at string, e *wim.Element) {
		if e.Text != "" {
			texts[at] = strings.TrimPrefix(texts[at]+" "+e.Text, " ")
		}
		for _, c := range e.Children {
			if at != "" || !slices.Contains(volatile, c.Name) {
				add(below(at, c.Name), c)
			}
		}
	}
	add("", xml)
	return texts
}

// unite returns the keys of two maps, sorted.
func unite(a, b map[string]string) []string {
	all := map[string]bool{}
	for _, m := range []map[string]string{a, b} {
		for k := range m {
			all[k] = true
		}
	}
	list := make([]string, 0, len(all))
	for k := range all {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
