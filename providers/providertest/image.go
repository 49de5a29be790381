package providertest

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/hives"
)

// Clock is the time that everything written to an [Image] carries.
func Clock() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

// Image is a small image in memory, with files and the registry in them.
type Image struct {
	*files
	*hives.Registry
}

// NewImage returns an image that holds files, by their names, and the folders
// they are in.
func NewImage(content map[string][]byte, write bool) *Image {
	f := &files{tree: fstest.MapFS{}, names: map[string]string{}, write: write}
	for name, data := range content {
		f.addFolders(path.Dir(name), image.Meta{})
		f.put(name, &fstest.MapFile{Data: data, ModTime: time.Unix(1e9, 0), Sys: image.Meta{
			Attributes: image.Archive, Created: time.Unix(1e9, 0), Written: time.Unix(1e9, 0)}})
	}
	return &Image{files: f, Registry: hives.Open(f, hives.Options{Write: write, Clock: Clock(), AllowDirty: []string{"SYSTEM"}})}
}

// Info implements [image.Session].
func (m *Image) Info(context.Context) (image.Info, error) { return image.Info{}, nil }

// At implements [image.Session].
func (m *Image) At() string { return "" }

// Commit implements [image.Session].
func (m *Image) Commit(context.Context, string) error { return m.Flush() }

// Close implements [image.Session].
func (m *Image) Close() error { return nil }

// Dump flushes the image and lists all that is in it: names, what is kept beside
// the content, and the content's digest. Equal images have equal dumps.
func (m *Image) Dump() (string, error) {
	if err := m.Flush(); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m.tree)) {
		f := m.tree[name]
		fmt.Fprintf(&b, "%s %v %v %x\n", name, f.Mode, f.Sys, sha1.Sum(f.Data))
	}
	return b.String(), nil
}

// files implements [image.Files].
type files struct {
	tree  fstest.MapFS
	names map[string]string // real spelling of the names, by their upper-case form
	write bool
}

func (f *files) put(name string, file *fstest.MapFile) {
	name = f.real(name)
	f.tree[name] = file
	f.names[strings.ToUpper(name)] = name
}

// real returns the name as it is spelt in the image, as far as it is there.
func (f *files) real(name string) string {
	if real, ok := f.names[strings.ToUpper(name)]; ok {
		return real
	}
	if dir := path.Dir(name); dir != "." {
		return path.Join(f.real(dir), path.Base(name))
	}
	return name
}

func (f *files) Open(name string) (fs.File, error)          { return f.tree.Open(f.real(name)) }
func (f *files) Stat(name string) (fs.FileInfo, error)      { return f.tree.Stat(f.real(name)) }
func (f *files) ReadDir(name string) ([]fs.DirEntry, error) { return f.tree.ReadDir(f.real(name)) }

func (f *files) Meta(name string) (image.Meta, error) {
	file, ok := f.tree[f.real(name)]
	if !ok {
		return image.Meta{}, &fs.PathError{Op: "meta", Path: name, Err: fs.ErrNotExist}
	}
	return file.Sys.(image.Meta), nil
}

func (f *files) SHA1(name string) ([20]byte, error) {
	data, err := f.tree.ReadFile(f.real(name))
	return sha1.Sum(data), err
}

func (f *files) WriteFile(name string, content io.Reader, meta image.Meta) error {
	if !f.write {
		return image.ErrReadOnly
	}
	if dir, err := f.Stat(path.Dir(name)); err != nil || !dir.IsDir() {
		return &fs.PathError{Op: "write", Path: name, Err: fs.ErrNotExist}
	}
	if old, err := f.Stat(name); err == nil && old.IsDir() {
		return &fs.PathError{Op: "write", Path: name, Err: errors.New("is a folder")}
	}
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	meta = f.timed(meta, name)
	f.put(name, &fstest.MapFile{Data: bytes.Clone(data), ModTime: meta.Written, Sys: meta})
	return nil
}

// timed fills in what was left to the image: times, and the old security descriptor.
func (f *files) timed(meta image.Meta, name string) image.Meta {
	old, err := f.Meta(name)
	if err == nil && meta.Security == nil {
		meta.Security = old.Security
	}
	if meta.Written.IsZero() {
		meta.Written = Clock()
	}
	if meta.Created.IsZero() {
		meta.Created = Clock()
	}
	return meta
}

func (f *files) MkdirAll(name string, meta image.Meta) error {
	if !f.write {
		return image.ErrReadOnly
	}
	return f.addFolders(name, f.timed(meta, name))
}

func (f *files) addFolders(name string, meta image.Meta) error {
	if name == "." {
		return nil
	}
	if file, ok := f.tree[f.real(name)]; ok {
		if !file.Mode.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: name, Err: errors.New("is a file")}
		}
		return nil
	}
	if err := f.addFolders(path.Dir(name), meta); err != nil {
		return err
	}
	meta.Attributes |= image.Directory
	f.put(name, &fstest.MapFile{Mode: fs.ModeDir | 0o777, ModTime: meta.Written, Sys: meta})
	return nil
}

func (f *files) SetMeta(name string, meta image.Meta) error {
	file, ok := f.tree[f.real(name)]
	switch {
	case !f.write:
		return image.ErrReadOnly
	case !ok:
		return &fs.PathError{Op: "setmeta", Path: name, Err: fs.ErrNotExist}
	}
	meta = f.timed(meta, name)
	f.put(name, &fstest.MapFile{Data: file.Data, Mode: file.Mode, ModTime: meta.Written, Sys: meta})
	return nil
}

func (f *files) Remove(name string) error {
	if !f.write {
		return image.ErrReadOnly
	}
	name = f.real(name)
	if _, ok := f.tree[name]; !ok {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	for other := range f.tree {
		if other == name || strings.HasPrefix(other, name+"/") {
			delete(f.tree, other)
			delete(f.names, strings.ToUpper(other))
		}
	}
	return nil
}
