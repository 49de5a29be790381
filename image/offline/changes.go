package offline

import (
	"fmt"
	"path"
	"strings"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image/layers"
)

// changes are the changes since the last checkpoint, by the path in the image's
// spelling.
type changes map[string]*change

type change struct {
	node    *wim.Node // its present state; nil if it was removed
	existed bool      // at the last checkpoint
	remove  bool      // the old node was removed before this one was created
	kind    layers.Kind
	content layers.Content // of a file
}

// note records that the node at a path was changed or created.
func (c changes) note(name string, n *wim.Node, existed bool, kind layers.Kind) *change {
	e := c[name]
	if e == nil {
		e = &change{existed: existed}
		c[name] = e
	}
	e.node = n
	if kind != layers.Change || e.kind == "" {
		e.kind = kind
	}
	return e
}

// noteRemoval records that a path was removed, with everything below it.
func (c changes) noteRemoval(name string) {
	for other := range c {
		if strings.HasPrefix(other, name+"/") {
			delete(c, other)
		}
	}
	if e := c[name]; e != nil && !e.existed {
		delete(c, name)
		return
	}
	c[name] = &change{existed: true, remove: true}
}

// entries returns the changes as entries of a layer.
func (c changes) entries() []layers.Entry {
	list := make([]layers.Entry, 0, len(c))
	for name, e := range c {
		entry := layers.Entry{Path: name, Remove: e.remove, Kind: e.kind, Content: e.content}
		if e.node != nil {
			entry.Meta = layers.Meta{
				Attributes: e.node.Attributes,
				Created:    e.node.Created,
				Written:    e.node.Written,
				Security:   e.node.Security,
			}
		}
		list = append(list, entry)
	}
	return list
}

// replay applies the changes of a layer to the tree.
func (t *tree) replay(l *layers.Layer) error {
	for _, e := range l.Entries {
		if e.Remove {
			parent, n := t.spot(e.Path)
			if n == nil {
				return unfit(l, e)
			}
			detach(parent, n)
		}
	}
	for _, e := range l.Entries {
		if e.Kind != "" && !t.redo(e) {
			return unfit(l, e)
		}
	}
	return nil
}

func unfit(l *layers.Layer, e layers.Entry) error {
	return fmt.Errorf("layer %s: %w: it does not match the image at %s", l.ID, layers.ErrDamaged, e.Path)
}

// spot returns the folder of a path, nil if there is none, and the node there.
func (t *tree) spot(name string) (parent, n *wim.Node) {
	if name == "." {
		return nil, t.root()
	}
	parent = t.root().Lookup(path.Dir(name))
	if parent == nil {
		return nil, nil
	}
	return parent, parent.Child(path.Base(name))
}

// redo gives one path the state in an entry.
func (t *tree) redo(e layers.Entry) bool {
	parent, n := t.spot(e.Path)
	if n == nil {
		if parent == nil || e.Kind == layers.Change {
			return false
		}
		n = &wim.Node{Name: path.Base(e.Path)}
		attach(parent, n)
	}
	if e.Kind == layers.File {
		t.setContent(n, e.Content)
	}
	setMeta(n, e.Kind, e.Meta)
	return true
}
