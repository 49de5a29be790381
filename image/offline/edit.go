package offline

import (
	"io"
	"slices"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image/layers"
)

// attach adds a node to a folder.
func attach(parent, n *wim.Node) {
	i, _ := slices.BinarySearchFunc(parent.Children, n, func(a, b *wim.Node) int { return wim.Compare(a.Name, b.Name) })
	parent.Children = slices.Insert(parent.Children, i, n)
}

// detach removes a node from its folder.
func detach(parent, n *wim.Node) {
	if i := slices.Index(parent.Children, n); i >= 0 {
		parent.Children = slices.Delete(parent.Children, i, i+1)
	}
}

// setContent makes a node a plain file with only that content: no named streams, no
// reparse data, and no other hard links.
func (t *tree) setContent(n *wim.Node, c layers.Content) {
	n.HardLink, n.ReparseTag, n.ReparseFlags, n.Tagged, n.Streams = 0, 0, 0, nil, nil
	if c.Size > 0 {
		n.Streams = []wim.Stream{{Hash: c.SHA1, Size: c.Size, Content: t.contentOf(c)}}
	}
}

// contentOf returns nil for content that the source has.
func (t *tree) contentOf(c layers.Content) *wim.Content {
	if b, ok := t.source.file.Blob(c.SHA1); ok && b.Size == c.Size {
		return nil
	}
	content := t.contents[c.SHA1]
	if content == nil {
		content = &wim.Content{Size: c.Size, Open: func() (io.ReadCloser, error) { return t.store.OpenContent(c) }}
		t.contents[c.SHA1] = content
	}
	return content
}

// setMeta sets the metadata of a layer's entry on a node. The time of last access
// becomes the time of writing, so that the output does not depend on readers.
func setMeta(n *wim.Node, kind layers.Kind, m layers.Meta) {
	n.Attributes, n.Created, n.Written, n.Security = m.Attributes, m.Created, m.Written, m.Security
	if kind != layers.Change {
		n.Accessed = m.Written
	}
}
