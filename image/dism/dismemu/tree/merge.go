package tree

import (
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
)

// Merge makes the tree of an image like the folder it was extracted into. Files that
// are as the stamps say are not read, and keep the content they have.
func Merge(ctx context.Context, root *wim.Node, dir string, unchanged Stamps) error {
	m := merger{ctx, unchanged}
	return m.merge(root, dir, "")
}

// merger makes nodes like what is on disk.
type merger struct {
	ctx       context.Context
	unchanged Stamps
}

// merge makes a folder's node like the folder on disk. What is as it was keeps all
// that only the image knows of it.
func (m *merger) merge(node *wim.Node, dir, rel string) error {
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, e := range found {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		there[nt.Fold(e.Name())] = true
		path, name := filepath.Join(dir, e.Name()), rel+"/"+e.Name()
		child := node.Child(e.Name())
		if child == nil || child.IsDir() != e.IsDir() {
			if child, err = made(e); err != nil {
				return err
			}
			node.Put(child)
		}
		switch {
		case e.IsDir():
			err = m.merge(child, path, name)
		case !m.unchanged.has(name, e):
			err = content(child, path)
		}
		if err == nil && Keep != nil {
			err = Keep.Get(path, child)
		}
		if err != nil {
			return err
		}
	}
	for _, child := range append([]*wim.Node(nil), node.Children...) {
		if !there[nt.Fold(child.Name)] && !child.IsElsewhere() {
			node.Remove(child.Name)
		}
	}
	return nil
}

// made is the node of something new.
func made(e os.DirEntry) (*wim.Node, error) {
	info, err := e.Info()
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: neither a file nor a folder", e.Name())
	}
	t := nt.TimeOf(info.ModTime())
	node := &wim.Node{Name: e.Name(), Created: t, Accessed: t, Written: t, Attributes: wim.AttrNormal}
	if info.IsDir() {
		node.Attributes = wim.AttrDirectory
	}
	return node, nil
}

// content gives a file's node the content on disk, if that is another one.
func content(node *wim.Node, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha1.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	sum := wim.Hash(h.Sum(nil))
	if size == 0 {
		sum = wim.Hash{}
	}
	if node.Hash() == sum && len(node.Streams) > 0 || size == 0 && node.Hash().IsZero() {
		return nil
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	node.Written, node.HardLink = nt.TimeOf(st.ModTime()), 0
	stream := node.Stream("")
	if stream == nil {
		node.Streams = append(node.Streams, wim.Stream{})
		stream = &node.Streams[len(node.Streams)-1]
	}
	*stream = wim.Stream{Content: &wim.Content{Size: size, Open: func() (io.ReadCloser, error) { return os.Open(path) }}}
	return nil
}
