package offline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/formats/sd"
	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/layers"
)

// WriteFile implements [image.Files]. The folder's own times stay as they are, so
// that the bytes do not depend on how often something was written.
func (t *tree) WriteFile(name string, content io.Reader, meta image.Meta) error {
	const op = "write"
	if err := t.writable(op, name); err != nil {
		return err
	}
	dir, spelled, err := t.folder(op, name)
	if err != nil {
		return err
	}
	n := dir.Child(path.Base(name))
	if n != nil && n.IsDir() {
		return &fs.PathError{Op: op, Path: name, Err: errors.New("is a folder")}
	}
	if n == nil {
		if err := image.CheckNew(path.Base(name)); err != nil {
			return &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	c, err := t.store.Stage(content)
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	if meta.Written.IsZero() {
		meta.Written = t.clock
	}
	m, err := t.metaFor(n, dir, meta, layers.File)
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	existed := n != nil
	if !existed {
		n = &wim.Node{Name: path.Base(name)}
		attach(dir, n)
	}
	t.setContent(n, c)
	setMeta(n, layers.File, m)
	t.changes.note(below(spelled, n.Name), n, existed, layers.File).content = c
	return nil
}

// MkdirAll implements [image.Files].
func (t *tree) MkdirAll(name string, meta image.Meta) error {
	const op = "mkdir"
	if err := t.writable(op, name); err != nil {
		return err
	}
	n, _, err := t.find(op, name)
	switch {
	case err == nil && !n.IsDir():
		return &fs.PathError{Op: op, Path: name, Err: errors.New("exists and is not a folder")}
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := t.MkdirAll(path.Dir(name), meta); err != nil {
		return err
	}
	dir, spelled, err := t.folder(op, name)
	if err == nil {
		err = image.CheckNew(path.Base(name))
	}
	var m layers.Meta
	if err == nil {
		m, err = t.metaFor(nil, dir, meta, layers.Dir)
	}
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	n = &wim.Node{Name: path.Base(name)}
	setMeta(n, layers.Dir, m)
	attach(dir, n)
	t.changes.note(below(spelled, n.Name), n, false, layers.Dir)
	return nil
}

// SetMeta implements [image.Files]. All hard links of a file share their metadata.
func (t *tree) SetMeta(name string, meta image.Meta) error {
	const op = "set metadata"
	if err := t.writable(op, name); err != nil {
		return err
	}
	n, spelled, err := t.find(op, name)
	if err != nil {
		return err
	}
	m, err := t.metaFor(n, nil, meta, layers.Change)
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	for spelled, link := range t.links(spelled, n) {
		setMeta(link, layers.Change, m)
		t.changes.note(spelled, link, true, layers.Change)
	}
	return nil
}

// Remove implements [image.Files].
func (t *tree) Remove(name string) error {
	const op = "remove"
	if err := t.writable(op, name); err != nil {
		return err
	}
	n, spelled, err := t.find(op, name)
	if err != nil {
		return err
	}
	if name == "." {
		return &fs.PathError{Op: op, Path: name, Err: errors.New("is the whole image")}
	}
	dir, _, err := t.folder(op, name)
	if err != nil {
		return err
	}
	detach(dir, n)
	t.changes.noteRemoval(spelled)
	return nil
}

// writable reports whether the image may be changed. If so, it invalidates the cached counts
// and the memo.
func (t *tree) writable(op, name string) error {
	t.counts.Store(nil)
	t.memo.Changed(image.CanFiles)
	return writable(op, name, t.write, t.closed)
}

func writable(op, name string, write, closed bool) error {
	err := error(nil)
	switch {
	case !write:
		err = image.ErrReadOnly
	case closed:
		err = fs.ErrClosed
	case !fs.ValidPath(name):
		err = fs.ErrInvalid
	default:
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// links returns a node and the other names of the same file, by their paths. It
// searches the whole image for them; only files with several hard links need that.
func (t *tree) links(spelled string, n *wim.Node) map[string]*wim.Node {
	found := map[string]*wim.Node{spelled: n}
	if n.HardLink != 0 {
		t.walk("", t.root(), func(name string, other *wim.Node) {
			if other.HardLink == n.HardLink {
				found[name] = other
			}
		})
	}
	return found
}

func (t *tree) walk(dir string, n *wim.Node, visit func(name string, n *wim.Node)) {
	for _, c := range n.Children {
		name := below(dir, c.Name)
		visit(name, c)
		t.walk(name, c, visit)
	}
}

// fixed are the attributes that define what a file is; they can't be set.
const fixed = wim.AttrDirectory | wim.AttrReparse | wim.AttrEncrypted | attrSparse

const attrSparse = 0x200

// metaFor fills in the caller's zero fields: from the old file, else from the folder
// and the clock.
func (t *tree) metaFor(old, dir *wim.Node, want image.Meta, kind layers.Kind) (layers.Meta, error) {
	m := layers.Meta{
		Attributes: uint32(want.Attributes) &^ fixed,
		Created:    nt.TimeOf(want.Created),
		Written:    nt.TimeOf(want.Written),
		Security:   want.Security,
	}
	if old == nil {
		return m, t.inherit(&m, dir, kind)
	}
	if want.Attributes == 0 {
		m.Attributes = old.Attributes &^ fixed
	}
	if kind == layers.Change {
		m.Attributes |= old.Attributes & fixed
	}
	m.Attributes = normal(m.Attributes)
	if m.Created == 0 {
		m.Created = old.Created
	}
	if m.Written == 0 {
		m.Written = old.Written
	}
	if m.Security == nil {
		m.Security = old.Security
	}
	return m, nil
}

// inherit fills in the metadata of a new file or folder: times from the clock,
// security from its folder.
func (t *tree) inherit(m *layers.Meta, dir *wim.Node, kind layers.Kind) error {
	switch {
	case kind == layers.Dir:
		m.Attributes |= wim.AttrDirectory
	case m.Attributes == 0:
		m.Attributes = wim.AttrArchive
	}
	m.Attributes = normal(m.Attributes)
	now := nt.TimeOf(t.clock)
	if m.Created == 0 {
		m.Created = now
	}
	if m.Written == 0 {
		m.Written = now
	}
	if m.Security != nil || dir.Security == nil {
		return nil
	}
	what := sd.File
	if kind == layers.Dir {
		what = sd.Folder
	}
	var err error
	if m.Security, err = sd.Inherit(dir.Security, what); err != nil {
		return fmt.Errorf("security descriptor of the folder: %w", err)
	}
	return nil
}

// normal returns attributes in Windows' form: FILE_ATTRIBUTE_NORMAL means none and is
// never combined with others.
func normal(a uint32) uint32 {
	if a &^= wim.AttrNormal; a == 0 {
		return wim.AttrNormal
	}
	return a
}
