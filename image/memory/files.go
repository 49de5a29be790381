package memory

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/gildhq/gild/image"
)

// files is the file system of a session.
type files struct {
	root   *node
	write  bool
	closed bool
	clock  time.Time
	memo   image.Memo
}

var _ image.Files = (*files)(nil)

var (
	errFolder    = errors.New("is a folder")
	errNotFolder = errors.New("is not a folder")
)

// Memo implements [image.Memoizer].
func (f *files) Memo() *image.Memo { return &f.memo }

func (f *files) find(op, name string) (*node, error) {
	err := fs.ErrInvalid
	if fs.ValidPath(name) {
		if n := f.lookup(name); n != nil {
			return n, nil
		}
		err = fs.ErrNotExist
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: err}
}

func (f *files) lookup(name string) *node {
	n := f.root
	for part := range strings.SplitSeq(name, "/") {
		if part != "." && n != nil {
			n = n.child(part)
		}
	}
	return n
}

// Open implements [fs.FS].
func (f *files) Open(name string) (fs.File, error) {
	n, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	now := *n
	file := &open{Reader: bytes.NewReader(n.content), info: info{&now}}
	if n.children == nil {
		return file, nil
	}
	list, err := f.ReadDir(name)
	return &openFolder{*file, list}, err
}

// Stat implements [fs.StatFS].
func (f *files) Stat(name string) (fs.FileInfo, error) {
	n, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	now := *n
	return info{&now}, nil
}

// ReadDir implements [fs.ReadDirFS].
func (f *files) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if n.children == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotFolder}
	}
	list := make([]fs.DirEntry, 0, len(n.children))
	for _, c := range n.sorted() {
		list = append(list, info{c})
	}
	return list, nil
}

// Meta implements [image.Files].
func (f *files) Meta(name string) (image.Meta, error) {
	n, err := f.find("meta", name)
	if err != nil {
		return image.Meta{}, err
	}
	return n.meta, nil
}

// SHA1 implements [image.Files].
func (f *files) SHA1(name string) ([20]byte, error) {
	n, err := f.find("sha1", name)
	if err != nil {
		return [20]byte{}, err
	}
	if n.children != nil {
		return [20]byte{}, &fs.PathError{Op: "sha1", Path: name, Err: errFolder}
	}
	return sha1.Sum(n.content), nil
}

// open is an open file.
type open struct {
	*bytes.Reader
	info info
}

func (o *open) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *open) Close() error               { return nil }

type openFolder struct {
	open
	rest []fs.DirEntry
}

func (o *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: o.info.Name(), Err: errFolder}
}

func (o *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	list := o.rest
	if n > 0 {
		if len(list) == 0 {
			return nil, io.EOF
		}
		list = list[:min(n, len(list))]
	}
	o.rest = o.rest[len(list):]
	return list, nil
}

func (f *files) writable(op, name string) error {
	f.memo.Changed(image.CanFiles)
	err := error(nil)
	switch {
	case !f.write:
		err = image.ErrReadOnly
	case f.closed:
		err = fs.ErrClosed
	case !fs.ValidPath(name):
		err = fs.ErrInvalid
	default:
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// folder returns the folder for a new file or folder.
func (f *files) folder(op, name string) (*node, error) {
	n, err := f.find(op, path.Dir(name))
	if err == nil && n.children == nil {
		err = &fs.PathError{Op: op, Path: name, Err: errNotFolder}
	}
	return n, err
}
