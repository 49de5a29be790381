package cab

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

var _ interface {
	fs.StatFS
	fs.ReadDirFS
	fs.ReadFileFS
} = (*Reader)(nil)

// tree holds the files under their paths and the folders these make.
type tree map[string]*node

// A node is a file, or a directory of the nodes in children.
type node struct {
	name     string
	file     *File // nil for a directory
	children []*node
}

// makeTree enters the files in their order: of those with the same path the
// last one counts, as when they are extracted, but a directory stays one.
func (r *Reader) makeTree() tree {
	t := tree{".": {name: "."}}
	for _, f := range r.Files {
		p := f.Path()
		parent := t.directory(path.Dir(p))
		switch n := t[p]; {
		case n == nil:
			t.add(parent, p).file = f
		case n.file != nil:
			n.file = f
		}
	}
	return t
}

// directory returns the directory at p, which may take the place of a file.
func (t tree) directory(p string) *node {
	n := t[p]
	if n == nil {
		n = t.add(t.directory(path.Dir(p)), p)
	}
	n.file = nil
	return n
}

func (t tree) add(parent *node, p string) *node {
	n := &node{name: path.Base(p)}
	t[p] = n
	parent.children = append(parent.children, n)
	return n
}

// Open implements [fs.FS]. See [File.Open] for what reading costs.
func (r *Reader) Open(name string) (fs.File, error) {
	n, err := r.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.file != nil {
		return &openFile{n.file.Open(), n}, nil
	}
	return &openDir{node: n, entries: n.entries()}, nil
}

// Stat implements [fs.StatFS]. Sys of what it returns is the *File, or nil.
func (r *Reader) Stat(name string) (fs.FileInfo, error) { return r.find("stat", name) }

// ReadDir implements [fs.ReadDirFS].
func (r *Reader) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := r.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if n.file != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return n.entries(), nil
}

// ReadFile implements [fs.ReadFileFS]. It takes memory for what is there, not
// for what the cabinet says is there.
func (r *Reader) ReadFile(name string) ([]byte, error) {
	n, err := r.find("read", name)
	if err != nil {
		return nil, err
	}
	if n.file == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
	}
	var b bytes.Buffer
	b.Grow(int(min(n.file.Size, maxBlock)) + bytes.MinRead)
	if _, err := b.ReadFrom(n.file.Open()); err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b.Bytes(), nil
}

func (r *Reader) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n := r.tree()[name]
	if n == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return n, nil
}

func (n *node) entries() []fs.DirEntry {
	list := make([]fs.DirEntry, len(n.children))
	for i, c := range n.children {
		list[i] = c
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list
}

func (n *node) Name() string               { return n.name }
func (n *node) IsDir() bool                { return n.file == nil }
func (n *node) Type() fs.FileMode          { return n.Mode().Type() }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }
func (n *node) String() string             { return fs.FormatFileInfo(n) }

func (n *node) Size() int64 {
	if n.file == nil {
		return 0
	}
	return n.file.Size
}

func (n *node) ModTime() time.Time {
	if n.file == nil {
		return time.Time{}
	}
	return n.file.Modified
}

func (n *node) Mode() fs.FileMode {
	switch {
	case n.file == nil:
		return fs.ModeDir | 0o755
	case n.file.Attributes&ReadOnly != 0:
		return 0o444
	}
	return 0o644
}

func (n *node) Sys() any {
	if n.file == nil {
		return nil
	}
	return n.file
}

type openFile struct {
	io.Reader
	node *node
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	node    *node
	entries []fs.DirEntry // that were not read yet
}

var _ fs.ReadDirFile = (*openDir)(nil)

func (d *openDir) Stat() (fs.FileInfo, error) { return d.node, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.node.name, Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.entries) {
		if n > 0 && len(d.entries) == 0 {
			return nil, io.EOF
		}
		n = len(d.entries)
	}
	list := d.entries[:n]
	d.entries = d.entries[n:]
	return list, nil
}
