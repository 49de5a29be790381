package memory

import (
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/image"
)

// WriteFile implements [image.Files].
func (f *files) WriteFile(name string, content io.Reader, meta image.Meta) error {
	const op = "write"
	if err := f.writable(op, name); err != nil {
		return err
	}
	dir, err := f.folder(op, name)
	if err != nil {
		return err
	}
	old := dir.child(path.Base(name))
	n := &node{name: path.Base(name)}
	switch {
	case old == nil:
		err = image.CheckNew(n.name)
	case old.children != nil:
		err = errFolder
	default:
		n.name = old.name
	}
	if meta.Written.IsZero() {
		meta.Written = f.clock
	}
	if err == nil {
		n.meta, err = f.metaFor(old, dir, meta, false)
	}
	if err == nil {
		n.content, err = io.ReadAll(content)
	}
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	dir.put(n)
	return nil
}

// MkdirAll implements [image.Files].
func (f *files) MkdirAll(name string, meta image.Meta) error {
	const op = "mkdir"
	if err := f.writable(op, name); err != nil {
		return err
	}
	if n := f.lookup(name); n != nil {
		if n.children == nil {
			return &fs.PathError{Op: op, Path: name, Err: errNotFolder}
		}
		return nil
	}
	if err := f.MkdirAll(path.Dir(name), meta); err != nil {
		return err
	}
	dir, err := f.folder(op, name)
	if err == nil {
		err = image.CheckNew(path.Base(name))
	}
	if err == nil {
		meta, err = f.metaFor(nil, dir, meta, true)
	}
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	dir.put(newFolder(path.Base(name), meta))
	return nil
}

// SetMeta implements [image.Files].
func (f *files) SetMeta(name string, meta image.Meta) error {
	const op = "set metadata"
	if err := f.writable(op, name); err != nil {
		return err
	}
	n, err := f.find(op, name)
	if err != nil {
		return err
	}
	n.meta, err = f.metaFor(n, nil, meta, n.children != nil)
	return err
}

// Remove implements [image.Files].
func (f *files) Remove(name string) error {
	const op = "remove"
	if err := f.writable(op, name); err != nil {
		return err
	}
	n, err := f.find(op, name)
	if err != nil {
		return err
	}
	if n == f.root {
		return &fs.PathError{Op: op, Path: name, Err: errors.New("is the whole image")}
	}
	dir := f.lookup(path.Dir(name))
	for key, c := range dir.children {
		if c == n {
			delete(dir.children, key)
		}
	}
	return nil
}

// metaFor fills in the caller's zero fields: from the old file, else from the folder
// and the clock.
func (f *files) metaFor(old, dir *node, m image.Meta, folder bool) (image.Meta, error) {
	from, kind := image.Meta{Attributes: image.Archive, Created: f.clock, Written: f.clock}, sd.File
	if folder {
		from.Attributes, kind = image.Directory, sd.Folder
	}
	if old != nil {
		from = old.meta
	} else if dir.meta.Security != nil && m.Security == nil {
		var err error
		if from.Security, err = sd.Inherit(dir.meta.Security, kind); err != nil {
			return m, err
		}
	}
	if m.Attributes == 0 {
		m.Attributes = from.Attributes
	}
	if m.Created.IsZero() {
		m.Created = from.Created
	}
	if m.Written.IsZero() {
		m.Written = from.Written
	}
	if m.Security == nil {
		m.Security = from.Security
	}
	m.Attributes &^= image.Directory | image.Normal
	if folder {
		m.Attributes |= image.Directory
	}
	if m.Attributes == 0 {
		m.Attributes = image.Normal
	}
	return m, nil
}
