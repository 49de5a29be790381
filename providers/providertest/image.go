package providertest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/memory"
)

// Clock is the time of everything that is written to an [Image].
func Clock() time.Time { return time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC) }

// Image is an open image in memory, with files and the registry in them.
type Image struct {
	image.Session
	image.Files
	image.Registry
	image.FirstBoot
}

// NewImage opens an image with files, by their names, and their folders. Dirty hives may be
// changed.
func NewImage(t testing.TB, content map[string][]byte, write bool) *Image {
	t.Helper()
	const path = "image"
	b, err := memory.New(map[string]memory.Image{path: {Files: content}})
	if err != nil {
		t.Fatal(err)
	}
	opts := image.OpenOptions{Write: write, Clock: Clock()}
	for _, h := range image.Hives() {
		opts.AllowDirtyHives = append(opts.AllowDirtyHives, h.Name)
	}
	s, err := b.Open(t.Context(), image.Ref{Path: path}, opts)
	if err != nil {
		t.Fatal(err)
	}
	files, hasFiles := image.As[image.Files](s)
	registry, hasRegistry := image.As[image.Registry](s)
	firstBoot, hasFirstBoot := image.As[image.FirstBoot](s)
	if !hasFiles || !hasRegistry || !hasFirstBoot {
		t.Fatal("the backend in memory lacks a capability")
	}
	return &Image{s, files, registry, firstBoot}
}

// Unwrap gives access to capabilities that few kinds use.
func (m *Image) Unwrap() image.Session { return m.Session }

// Flush writes changes in memory to the files: the registry and the first-boot queue.
func (m *Image) Flush(t testing.TB) {
	t.Helper()
	if err := m.Session.(interface{ Flush() error }).Flush(); err != nil {
		t.Fatal(err)
	}
}

// Save copies a file of the image, with all changes, to a temporary file for other programs,
// and returns its path.
func (m *Image) Save(t testing.TB, name string) string {
	t.Helper()
	m.Flush(t)
	data, err := fs.ReadFile(m, name)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), filepath.Base(filepath.FromSlash(name)))
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// dump lists everything in the image with all changes: names, metadata, and digests of
// content. Equal images have equal dumps.
func (m *Image) dump(t testing.TB) string {
	t.Helper()
	m.Flush(t)
	var b strings.Builder
	err := fs.WalkDir(m, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		meta, err := m.Meta(name)
		if err != nil {
			return err
		}
		var sum [20]byte
		if !d.IsDir() {
			sum, err = m.SHA1(name)
		}
		fmt.Fprintf(&b, "%s %v %x\n", name, meta, sum)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
