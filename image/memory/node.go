package memory

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// node is a file or folder. Content is shared by clones and never changed.
type node struct {
	name     string
	meta     image.Meta
	content  []byte
	children map[string]*node // of a folder, by the name in upper case
}

func newFolder(name string, meta image.Meta) *node {
	meta.Attributes |= image.Directory
	return &node{name: name, meta: meta, children: map[string]*node{}}
}

// build makes the folders for a set of files.
func build(content map[string][]byte) (*node, error) {
	root := newFolder("", image.Meta{})
	for _, name := range slices.Sorted(maps.Keys(content)) {
		if !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("file %q: the name is not valid", name)
		}
		dir := root
		for part := range strings.SplitSeq(path.Dir(name), "/") {
			if part == "." {
				break
			}
			next := dir.child(part)
			if next == nil {
				next = newFolder(part, image.Meta{})
				dir.put(next)
			}
			if dir = next; dir.children == nil {
				return nil, fmt.Errorf("file %q: %s is a file", name, part)
			}
		}
		dir.put(&node{name: path.Base(name), content: content[name], meta: image.Meta{Attributes: image.Archive}})
	}
	return root, nil
}

func (n *node) child(name string) *node { return n.children[nt.Fold(name)] }
func (n *node) put(c *node)             { n.children[nt.Fold(c.name)] = c }

func (n *node) clone() *node {
	c := *n
	if n.children != nil {
		c.children = make(map[string]*node, len(n.children))
		for key, child := range n.children {
			c.children[key] = child.clone()
		}
	}
	return &c
}

func (n *node) sorted() []*node {
	return slices.SortedFunc(maps.Values(n.children), func(a, b *node) int { return cmp.Compare(a.name, b.name) })
}

func (n *node) count(info *image.Info) {
	for _, c := range n.children {
		if c.children != nil {
			info.Dirs++
			c.count(info)
			continue
		}
		info.Files++
		info.Bytes += int64(len(c.content))
	}
}

func (n *node) fingerprint() string {
	sum := sha256.New()
	n.digest(sum)
	return hex.EncodeToString(sum.Sum(nil))
}

func (n *node) digest(w io.Writer) {
	fmt.Fprintf(w, "%q %x %d %d\n", n.name, sha256.Sum256(n.content), n.meta.Attributes, len(n.children))
	for _, c := range n.sorted() {
		c.digest(w)
	}
}

// info implements [fs.FileInfo] for a node.
type info struct{ *node }

func (i info) Size() int64                { return int64(len(i.content)) }
func (i info) ModTime() time.Time         { return i.meta.Written }
func (i info) IsDir() bool                { return i.children != nil }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

func (i info) Name() string {
	if i.name == "" {
		return "."
	}
	return i.name
}

func (i info) Mode() fs.FileMode {
	mode := fs.FileMode(0o644)
	if i.meta.Attributes&image.ReadOnly != 0 {
		mode = 0o444
	}
	if i.IsDir() {
		mode |= fs.ModeDir | 0o111
	}
	return mode
}
