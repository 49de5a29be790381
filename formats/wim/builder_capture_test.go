package wim

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func captureTo(t testing.TB, fsys fs.FS, o Options) string {
	t.Helper()
	root, err := Capture(t.Context(), fsys, CaptureOptions{})
	must(t, err)
	return writeFile(t, func(w io.WriteSeeker) error {
		b, err := NewBuilder(o)
		must(t, err)
		must(t, b.AddImage(root, ImageInfo{Name: "captured"}))
		return b.Write(t.Context(), w)
	})
}

func TestCapture(t *testing.T) {
	dir := sampleDir(t)
	for _, format := range formats {
		t.Run(format.String(), func(t *testing.T) {
			name := captureTo(t, os.DirFS(dir), format.options())
			accepted(t, name)
			f := mustOpen(t, name)
			image := mustImage(t, f, 1)
			sameTree(t, image, os.DirFS(dir))
			sameTree(t, wimlibApply(t, name, 1), os.DirFS(dir))
			theirs := mustOpen(t, wimlibCapture(t, dir, format)).Images()[0]
			if i := image.Info; i.TotalBytes != theirs.TotalBytes || i.HardLinkBytes != theirs.HardLinkBytes ||
				i.FileCount != theirs.FileCount || i.DirCount != theirs.DirCount {
				t.Errorf("we count %+v, wimlib %+v", i, theirs)
			}
			if runtime.GOOS != "windows" && image.Lookup("third name").HardLink != image.Lookup("windows/winsxs/hard link").HardLink {
				t.Error("hard links are lost")
			}
			sameBytes(t, name, captureTo(t, os.DirFS(dir), format.options()))
		})
	}
}

func TestCaptureOfAnyFileSystem(t *testing.T) {
	when := time.Date(2023, 4, 5, 6, 7, 8, 0, time.UTC)
	fsys := fstest.MapFS{
		"a/b.txt": {Data: []byte("b"), ModTime: when},
		"a/c":     {Data: prose(100_000, 1), ModTime: when},
		"d":       {Mode: fs.ModeDir, ModTime: when},
		"e":       {ModTime: when},
	}
	image := mustImage(t, mustOpen(t, captureTo(t, fsys, Options{Compression: XPRESS})), 1)
	sameTree(t, image, fsys)
	if n := image.Lookup("a/c"); n.Written.Time() != when || n.Created != n.Written {
		t.Errorf("times of %+v", n)
	}
}

func TestCaptureRefuses(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Skipf("no sockets in the file system here: %v", err)
	}
	defer l.Close()
	_, err = CaptureDir(t.Context(), dir, CaptureOptions{})
	if err == nil || !strings.Contains(err.Error(), "socket: it is neither file") {
		t.Errorf("got %v", err)
	}
	root, err := CaptureDir(t.Context(), dir, CaptureOptions{Exclude: func(path string, d fs.DirEntry) bool { return path == "socket" }})
	if err != nil || len(root.Children) != 0 {
		t.Errorf("with it excluded: %v, %v", root, err)
	}
	if _, err := CaptureDir(t.Context(), filepath.Join(dir, "none"), CaptureOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
}

// TestContentChanges writes content that is not what was announced.
func TestContentChanges(t *testing.T) {
	for name, c := range map[string]*Content{
		"shorter": {Size: 10, Open: newContent(prose(9, 1)).Open},
		"longer":  {Size: 10, Open: newContent(prose(11, 1)).Open},
		"missing": {Size: 10, Open: func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }},
	} {
		for _, twice := range []bool{false, true} {
			root := &Node{Attributes: AttrDirectory, Children: []*Node{{Name: "file " + name, Streams: []Stream{{Content: c}}}}}
			if twice {
				root.Children = append(root.Children, &Node{Name: "other", Streams: []Stream{{Content: newContent(prose(10, 2))}}})
			}
			b, err := NewBuilder(Options{Compression: XPRESS})
			must(t, err)
			must(t, b.AddImage(root, ImageInfo{}))
			if err = b.Write(t.Context(), &disk{}); err == nil || !strings.Contains(err.Error(), "file "+name) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
	root := &Node{Attributes: AttrDirectory, Children: []*Node{{Name: "liar", Streams: []Stream{{
		Hash: hashOf([]byte("a")), Content: newContent([]byte("b"))}}}}}
	b, err := NewBuilder(Options{})
	must(t, err)
	must(t, b.AddImage(root, ImageInfo{}))
	if err := b.Write(t.Context(), &disk{}); err == nil || !strings.Contains(err.Error(), "liar") {
		t.Errorf("wrong hash: got %v", err)
	}
}
