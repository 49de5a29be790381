package wim

import (
	"cmp"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/regular"
)

// File attributes that matter here ([MS-FSCC] §2.6).
const (
	AttrReadOnly  = 0x1
	AttrHidden    = 0x2
	AttrSystem    = 0x4
	AttrDirectory = 0x10
	AttrArchive   = 0x20
	AttrNormal    = 0x80
	AttrReparse   = 0x400
	AttrEncrypted = 0x4000 // the unnamed stream holds the raw EFS backup data
)

// Reparse tags ([MS-FSCC] §2.1.2.1).
const (
	TagMountPoint = 0xa0000003
	TagSymlink    = 0xa000000c
)

// Node is a file or directory of an image, for reading and writing alike.
// Nodes of one image may share Security slices; none may be written to.
type Node struct {
	Name       string // WTF-8; empty for the root
	ShortName  string // 8.3 name, usually empty
	Attributes uint32
	Reserved   uint32 // an undocumented field, kept as found
	Security   []byte // self-relative security descriptor; nil for none
	Created    nt.Time
	Accessed   nt.Time
	Written    nt.Time

	// HardLink is the hard link group: nodes of an image with the same
	// number are the same file. 0 is a file with one name.
	HardLink uint64

	ReparseTag   uint32 // with AttrReparse
	ReparseFlags uint32 // as found

	Streams  []Stream
	Tagged   []byte  // extension items after the entry (object ID, attributes), as found
	Children []*Node // of a directory, in the order of [Compare]
}

// StreamKind tells data from reparse data.
type StreamKind uint8

// The kinds of streams.
const (
	Data    StreamKind = iota
	Reparse            // the reparse data buffer without its 8-byte header
)

// Stream is one of a file's streams. A file without content has no unnamed one.
type Stream struct {
	Name    string // "" is the unnamed stream
	Kind    StreamKind
	Hash    Hash
	Size    int64
	Content *Content // new content when writing; nil: the blob of Hash
}

// Content is new content to be written: Open may be called several times, from
// several goroutines, and must give the same Size bytes each time. One *Content
// used in several streams is one blob.
type Content struct {
	Size int64
	Open func() (io.ReadCloser, error)
}

// Compare orders names as in a directory: without regard to case, then by bytes.
func Compare(a, b string) int {
	if c := nt.Compare(a, b); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

// IsDir reports whether n is a directory (a reparse point may be one too).
func (n *Node) IsDir() bool { return n.Attributes&AttrDirectory != 0 }

// IsReparse reports whether n is a reparse point: a link, a mount point …
func (n *Node) IsReparse() bool { return n.Attributes&AttrReparse != 0 }

// IsElsewhere reports whether n is a reparse point in place of a file or folder: a link
// ([regular.IsLink]), or a file whose content some driver of Windows has to bring. A
// folder that is no link, as those of cloud providers, is a folder, and so is what holds
// entries.
func (n *Node) IsElsewhere() bool {
	return n.IsReparse() && len(n.Children) == 0 && (!n.IsDir() || regular.IsLink(n.ReparseTag))
}

// Stream returns the data stream of that name, compared without regard to
// case; "" is the unnamed one. It returns nil where there is none.
func (n *Node) Stream(name string) *Stream {
	for i := range n.Streams {
		if s := &n.Streams[i]; s.Kind == Data && nt.Compare(s.Name, name) == 0 {
			return s
		}
	}
	return nil
}

// ReparseData returns the stream with the reparse data, or nil.
func (n *Node) ReparseData() *Stream {
	for i := range n.Streams {
		if s := &n.Streams[i]; s.Kind == Reparse {
			return s
		}
	}
	return nil
}

// Hash returns the hash of the unnamed data stream; zero if it is empty.
func (n *Node) Hash() Hash {
	if s := n.Stream(""); s != nil {
		return s.Hash
	}
	return Hash{}
}

// Size returns the size of the unnamed data stream in bytes.
func (n *Node) Size() int64 {
	if s := n.Stream(""); s != nil {
		return s.Size
	}
	return 0
}

// Child returns the child of that name: the one with exactly this spelling,
// or else the first that differs only by case, or nil.
func (n *Node) Child(name string) *Node {
	i := sort.Search(len(n.Children), func(i int) bool { return nt.Compare(n.Children[i].Name, name) >= 0 })
	var found *Node
	for ; i < len(n.Children) && nt.Compare(n.Children[i].Name, name) == 0; i++ {
		if n.Children[i].Name == name {
			return n.Children[i]
		}
		if found == nil {
			found = n.Children[i]
		}
	}
	return found
}

// Put adds a child in its place. It replaces the one that [Node.Child] finds
// for its name.
func (n *Node) Put(child *Node) {
	n.Remove(child.Name)
	i, _ := slices.BinarySearchFunc(n.Children, child.Name, func(c *Node, name string) int { return Compare(c.Name, name) })
	n.Children = slices.Insert(n.Children, i, child)
}

// Remove removes the child that [Node.Child] finds for name, and reports
// whether there was one.
func (n *Node) Remove(name string) bool {
	i := slices.Index(n.Children, n.Child(name))
	if i < 0 {
		return false
	}
	n.Children = slices.Delete(n.Children, i, i+1)
	return true
}

// Lookup returns the node at path below n, or nil. Both / and \ separate;
// "", "/" and "." are n itself.
func (n *Node) Lookup(path string) *Node {
	for n != nil && path != "" {
		name := path
		if i := strings.IndexAny(path, `/\`); i >= 0 {
			name, path = path[:i], path[i+1:]
		} else {
			path = ""
		}
		if name != "" && name != "." {
			n = n.Child(name)
		}
	}
	return n
}

// Sort puts the children of n and of all nodes below it in order.
func (n *Node) Sort() {
	slices.SortFunc(n.Children, func(a, b *Node) int { return Compare(a.Name, b.Name) })
	for _, c := range n.Children {
		c.Sort()
	}
}
