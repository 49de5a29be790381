package dismemu

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
)

// extract writes the files of an image into a folder. What the file system of the
// host can't keep, such as links and access lists, stays in the image alone.
func extract(ctx context.Context, img *wim.Image, dir string) error {
	for name, node := range img.Root.All() {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(name, `\`, "/")))
		var err error
		switch {
		case node.IsReparse():
		case node.IsDir():
			err = os.MkdirAll(path, 0o777)
		default:
			err = extractFile(img.File(), node, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func extractFile(f *wim.File, node *wim.Node, path string) error {
	content, err := f.OpenBlob(node.Hash())
	if err != nil {
		return err
	}
	defer content.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return errors.Join(err, out.Close())
}

// empty removes what is in a folder.
func empty(dir string) error {
	found, err := os.ReadDir(dir)
	for _, e := range found {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// save brings what is in the folder of a mounted image into its file.
func save(ctx context.Context, mt *mounted) error {
	f, err := wim.Open(mt.File)
	if err != nil {
		return err
	}
	img, err := f.Image(mt.Index)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	info := f.Images()[mt.Index-1]
	root := img.Root
	err = merge(ctx, root, mt.Dir)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	info.Count(root)
	return wim.Update(ctx, mt.File, wim.UpdateOptions{}, wim.Change{Index: mt.Index, Root: root, Info: info})
}

// merge makes a folder's node like the folder on disk. What is as it was keeps all
// that only the image knows of it.
func merge(ctx context.Context, node *wim.Node, dir string) error {
	found, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, e := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		there[nt.Fold(e.Name())] = true
		path := filepath.Join(dir, e.Name())
		child := node.Child(e.Name())
		if child == nil || child.IsDir() != e.IsDir() {
			if child, err = made(e); err != nil {
				return err
			}
			node.Put(child)
		}
		if e.IsDir() {
			err = merge(ctx, child, path)
		} else {
			err = content(child, path)
		}
		if err != nil {
			return err
		}
	}
	for _, child := range append([]*wim.Node(nil), node.Children...) {
		if !there[nt.Fold(child.Name)] && !child.IsReparse() {
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
