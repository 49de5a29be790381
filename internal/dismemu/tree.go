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
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/offline"
)

// extract writes the files of an image into a folder. What the file system of the
// host can't keep, such as links and access lists, stays in the image alone.
// Midway is called when half of it is done.
func extract(ctx context.Context, img *wim.Image, dir string, midway func() error) error {
	half, n := 0, 0
	for range img.Root.All() {
		half++
	}
	half /= 2
	for name, node := range img.Root.All() {
		err := ctx.Err()
		if n++; n == half {
			err = errors.Join(err, midway())
		}
		path := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(name, `\`, "/")))
		switch {
		case err != nil:
			return err
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

// bringIn brings what is in the folder of a mounted image into its file.
func (r *run) bringIn(mt *mounted) error {
	f, err := wim.Open(mt.File)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := f.Image(mt.Index)
	if err != nil {
		return err
	}
	m := merger{ctx: r.ctx, unchanged: r.recall(mt.Dir)}
	if err := m.merge(img.Root, mt.Dir, ""); err != nil {
		return err
	}
	info := f.Images()[mt.Index-1]
	if err := r.describe(&info, mt.Dir); err != nil {
		return err
	}
	info.Count(img.Root)
	return wim.Update(r.ctx, mt.File, wim.UpdateOptions{}, wim.Change{Index: mt.Index, Root: img.Root, Info: info})
}

// describe brings edition and build, which servicing changes, into what the file
// says of the image. Its name and description stay.
func (r *run) describe(info *wim.ImageInfo, dir string) error {
	if info.Windows == nil {
		return nil
	}
	s, err := offline.Backend{}.Open(r.ctx, image.Ref{Path: dir}, image.OpenOptions{})
	if err != nil {
		return nil // what is no Windows any more is left as it is called
	}
	now, err := s.Info(r.ctx)
	if err != nil {
		return s.Close()
	}
	windows := *info.Windows
	if now.Edition != "" {
		windows.EditionID = now.Edition
	}
	var revision int
	if n, err := fmt.Sscanf(now.Version, "%d.%d.%d.%d", new(int), new(int), new(int), &revision); err == nil && n == 4 {
		windows.Version.SPBuild = revision
	}
	info.Windows = &windows
	return s.Close()
}

// merger makes nodes like what is on disk.
type merger struct {
	ctx       context.Context
	unchanged index
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
