package offline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/privilege"
	"github.com/gildhq/gild/image"
)

// WriteFile implements [image.Files].
func (d *dir) WriteFile(name string, content io.Reader, meta image.Meta) error {
	const op = "write"
	if err := d.writable(op, name); err != nil {
		return err
	}
	folder, err := d.folder(op, name)
	if err != nil {
		return err
	}
	old, spelled, err := d.child(folder, path.Base(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old, spelled, err = nil, below(folder, path.Base(name)), image.CheckNew(path.Base(name))
	case err == nil && old.IsDir():
		err = errors.New("is a folder")
	}
	if meta.Written.IsZero() {
		meta.Written = d.clock
	}
	if err == nil {
		err = d.replace(spelled, old, content, meta)
	}
	if err != nil {
		return failed(op, name, err)
	}
	return nil
}

// failed returns the error of a change; if the system refused the change, it says what
// to do.
func failed(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: privilege.Explain(cause(err))}
}

// replace writes a file under a temporary name, sets its metadata, and then renames
// it.
func (d *dir) replace(name string, old fs.FileInfo, content io.Reader, meta image.Meta) error {
	if err := busy.Free(d.root, name); err != nil {
		return err
	}
	f, err := durable.CreateIn(d.root, name, 0o666)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := io.Copy(f, content); err != nil {
		return err
	}
	asked := meta
	if old != nil && old.Mode().IsRegular() {
		if meta, err = keeps.inherit(d.root, name, f.File, old, meta); err != nil {
			return err
		}
	}
	if err := keeps.put(d.root, f.Temp(), f.File, meta); err != nil {
		return err
	}
	return d.give(f, name, old, asked)
}

// folder returns the spelling of the folder for a new file or folder.
func (d *dir) folder(op, name string) (string, error) {
	info, spelled, err := d.find(op, path.Dir(name))
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: op, Path: name, Err: fmt.Errorf("%s is not a folder", spelled)}
	}
	return spelled, err
}

// MkdirAll implements [image.Files].
func (d *dir) MkdirAll(name string, meta image.Meta) error {
	const op = "mkdir"
	if err := d.writable(op, name); err != nil {
		return err
	}
	info, _, err := d.find(op, name)
	switch {
	case err == nil && !info.IsDir():
		return &fs.PathError{Op: op, Path: name, Err: errors.New("exists and is not a folder")}
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := d.MkdirAll(path.Dir(name), meta); err != nil {
		return err
	}
	folder, err := d.folder(op, name)
	if err == nil {
		err = image.CheckNew(path.Base(name))
	}
	if err == nil {
		err = d.mkdir(folder, path.Base(name), meta)
	}
	if err != nil {
		return failed(op, name, err)
	}
	return nil
}

func (d *dir) mkdir(folder, name string, meta image.Meta) error {
	spelled := below(folder, name)
	if err := d.root.Mkdir(spelled, 0o777); err != nil {
		return err
	}
	if err := keeps.put(d.root, spelled, nil, meta); err != nil {
		return err
	}
	return durable.SyncIn(d.root, folder)
}

// SetMeta implements [image.Files].
func (d *dir) SetMeta(name string, meta image.Meta) error {
	const op = "set metadata"
	if err := d.writable(op, name); err != nil {
		return err
	}
	info, spelled, err := d.find(op, name)
	if err != nil {
		return err
	}
	err = errors.New("is a link")
	if info.IsDir() || info.Mode().IsRegular() {
		err = keeps.put(d.root, spelled, nil, meta)
	}
	if err == nil {
		err = durable.SyncIn(d.root, spelled)
	}
	if err != nil {
		return failed(op, name, err)
	}
	return nil
}

// Remove implements [image.Files].
func (d *dir) Remove(name string) error {
	const op = "remove"
	if err := d.writable(op, name); err != nil {
		return err
	}
	_, spelled, err := d.find(op, name)
	if err != nil {
		return err
	}
	if name == "." {
		return &fs.PathError{Op: op, Path: name, Err: errors.New("is the whole image")}
	}
	if err := d.root.RemoveAll(spelled); err != nil {
		return failed(op, name, err)
	}
	return durable.SyncIn(d.root, path.Dir(spelled))
}

func (d *dir) writable(op, name string) error {
	d.memo.Changed(image.CanFiles)
	return writable(op, name, d.write, d.closed)
}
