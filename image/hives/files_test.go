package hives

import (
	"io"
	"io/fs"
	"testing/fstest"
	"time"

	"github.com/gildhq/gild/image"
)

// memFiles is a minimal image.Files. Names are exact.
type memFiles struct {
	fstest.MapFS
	writes []string // names, in order
}

func (m *memFiles) Meta(name string) (image.Meta, error) {
	f, ok := m.MapFS[name]
	if !ok {
		return image.Meta{}, fs.ErrNotExist
	}
	meta, _ := f.Sys.(image.Meta)
	return meta, nil
}

func (m *memFiles) WriteFile(name string, content io.Reader, meta image.Meta) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	m.writes = append(m.writes, name)
	m.MapFS[name] = &fstest.MapFile{Data: data, Sys: meta}
	return nil
}

func (m *memFiles) SHA1(string) ([20]byte, error)     { panic("not used") }
func (m *memFiles) MkdirAll(string, image.Meta) error { panic("not used") }
func (m *memFiles) SetMeta(string, image.Meta) error  { panic("not used") }
func (m *memFiles) Remove(string) error               { panic("not used") }
func (m *memFiles) put(name string, data []byte) {
	m.MapFS[name] = &fstest.MapFile{Data: data, Sys: oldMeta()}
}
func (m *memFiles) clone() *memFiles {
	c := &memFiles{MapFS: fstest.MapFS{}}
	for name, f := range m.MapFS {
		c.MapFS[name] = f
	}
	return c
}

func oldMeta() image.Meta {
	return image.Meta{
		Attributes: image.Hidden | image.System,
		Created:    time.Unix(1e9, 0), Written: time.Unix(1e9, 0),
		Security: []byte("descriptor"),
	}
}
