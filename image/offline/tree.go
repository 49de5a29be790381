package offline

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/layers"
)

// tree holds the files of an image in a WIM file, after all changes. It changes the
// nodes read from the file in place.
type tree struct {
	source *source
	store  *layers.Store // nil if there is none
	write  bool
	closed bool
	clock  time.Time
	memo   image.Memo

	counts  atomic.Pointer[wim.ImageInfo] // see counted
	changes changes
	// contents are new contents by hash, so that equal ones are written once.
	contents map[wim.Hash]*wim.Content
}

var _ image.Files = (*tree)(nil)

func newTree(src *source, store *layers.Store, opts image.OpenOptions) *tree {
	return &tree{source: src, store: store, write: opts.Write, clock: opts.Clock,
		changes: changes{}, contents: map[wim.Hash]*wim.Content{}}
}

func (t *tree) root() *wim.Node { return t.source.image.Root }

// Memo implements [image.Memoizer].
func (t *tree) Memo() *image.Memo { return &t.memo }

// counted returns the counts of the image, cached until something changes: counting
// visits all files, and every resource may ask.
func (t *tree) counted() *wim.ImageInfo {
	counts := t.counts.Load()
	if counts == nil {
		counts = &wim.ImageInfo{}
		counts.Count(t.root())
		t.counts.Store(counts)
	}
	return counts
}

// find returns a node and its name in the image's spelling. It does not follow reparse
// points, so nothing is below one.
func (t *tree) find(op, name string) (*wim.Node, string, error) {
	if !fs.ValidPath(name) {
		return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	node, spelled := t.root(), ""
	if name == "." {
		return node, name, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if node = child(node, part); node == nil {
			return nil, "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		spelled = below(spelled, node.Name)
	}
	return node, spelled, nil
}

// child returns the child with a name or short (8.3) name.
func child(folder *wim.Node, name string) *wim.Node {
	if n := folder.Child(name); n != nil || !strings.Contains(name, "~") {
		return n
	}
	i := slices.IndexFunc(folder.Children, func(n *wim.Node) bool { return nt.Equal(n.ShortName, name) })
	if i < 0 {
		return nil
	}
	return folder.Children[i]
}

// below returns the path of a name in a folder.
func below(dir, name string) string {
	if dir == "" || dir == "." {
		return name
	}
	return dir + "/" + name
}

// Open implements [fs.FS]. An open file implements io.Seeker and io.ReaderAt.
func (t *tree) Open(name string) (fs.File, error) {
	n, _, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	info := nodeInfo{n}
	if info.IsDir() {
		return &listing{snapshot(n), entries(n.Children)}, nil
	}
	r, err := t.content(n)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{r, snapshot(n)}, nil
}

// content opens the unnamed stream of a node.
func (t *tree) content(n *wim.Node) (layers.Reader, error) {
	s := n.Stream("")
	if s == nil {
		return t.source.file.OpenBlob(wim.Hash{})
	}
	if s.Content == nil {
		return t.source.file.OpenBlob(s.Hash)
	}
	r, err := s.Content.Open()
	if err != nil {
		return nil, err
	}
	return r.(layers.Reader), nil // as attach made it
}

// Stat implements [fs.StatFS].
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	n, _, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return snapshot(n), nil
}

// ReadDir implements [fs.ReadDirFS].
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, _, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !(nodeInfo{n}).IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("is not a folder")}
	}
	return entries(n.Children), nil
}

// Meta implements [image.Files].
func (t *tree) Meta(name string) (image.Meta, error) {
	n, _, err := t.find("meta", name)
	if err != nil {
		return image.Meta{}, err
	}
	return image.Meta{
		Attributes: attributes(n.Attributes, nodeInfo{n}.Mode()),
		Created:    n.Created.Time(),
		Written:    n.Written.Time(),
		Security:   n.Security,
	}, nil
}

// SHA1 implements [image.Files].
func (t *tree) SHA1(name string) ([20]byte, error) {
	n, _, err := t.find("sha1", name)
	if err != nil {
		return [20]byte{}, err
	}
	if n.IsDir() {
		return [20]byte{}, &fs.PathError{Op: "sha1", Path: name, Err: errors.New("is a folder")}
	}
	if h := n.Hash(); !h.IsZero() {
		return h, nil
	}
	return sha1.Sum(nil), nil // empty content, which has a zero hash in a WIM file
}

// folder returns the folder of something to create or change.
func (t *tree) folder(op, name string) (*wim.Node, string, error) {
	dir := path.Dir(name)
	n, spelled, err := t.find(op, dir)
	switch {
	case err != nil:
		return nil, "", err
	case n.IsElsewhere():
		err = fmt.Errorf("%s is a link; use its target instead", spelled)
	case !n.IsDir():
		err = fmt.Errorf("%s is not a folder", spelled)
	default:
		return n, spelled, nil
	}
	return nil, "", &fs.PathError{Op: op, Path: name, Err: err}
}
