package wim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/internal/testenv"
)

// format is a compression and chunk size as wimlib-imagex and Options name it.
type format struct {
	compression Compression
	chunk       int
}

func (f format) String() string { return fmt.Sprintf("%s-%d", f.compression, f.chunk) }

func (f format) options() Options { return Options{Compression: f.compression, ChunkSize: f.chunk} }

// formats are the usual ones, allFormats include the extremes.
var (
	formats    = []format{{None, 0}, {XPRESS, 1 << 15}, {LZX, 1 << 15}}
	allFormats = append(formats, format{XPRESS, 1 << 12}, format{XPRESS, 1 << 16}, format{LZX, 1 << 17}, format{LZX, 1 << 21})
)

// prose returns n bytes that compress.
func prose(n int, seed uint64) []byte {
	words := strings.Fields("the image of a windows system holds files drivers features and the registry in hives")
	r := rand.New(rand.NewPCG(seed, 1))
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, "%s %d ", words[r.IntN(len(words))], r.IntN(1000))
	}
	return b.Bytes()[:n]
}

// noise returns n bytes that do not compress.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

// sampleDir makes a directory with what is awkward in a tree.
func sampleDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	files := map[string][]byte{
		"Windows/System32/config/SOFTWARE":     prose(700_017, 1),
		"Windows/System32/kernel32.dll":        noise(100_000, 2),
		"Windows/System32/exactly one chunk":   prose(32768, 3),
		"Windows/System32/two chunks and one":  prose(65537, 4),
		"Windows/empty file":                   nil,
		"Windows/one byte":                     {0},
		"Windows/big noise":                    noise(300_003, 5),
		"Windows/same as SOFTWARE":             prose(700_017, 1),
		"Users/Jürgen/Ünïcode 文件 🙂.txt":        []byte("hällo"),
		"Users/Case":                           []byte("upper"),
		"Users/case":                           []byte("lower"),
		"Program Files/a b/c  d/read me.txt":   []byte("spaces"),
		"Program Files/mixed":                  append(noise(40_000, 6), prose(200_000, 7)...),
		"Windows/System32/drivers/etc/hosts":   []byte("127.0.0.1 localhost\r\n"),
		"Windows/System32/drivers/zeros.sys":   make([]byte, 300_000),
		"Windows/WinSxS/amd64_x_1/manifest.ok": prose(900, 8),
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, content, 0o644))
	}
	must(t, os.MkdirAll(filepath.Join(dir, "empty dir", "nested"), 0o755))
	must(t, os.Link(filepath.Join(dir, "Program Files/mixed"), filepath.Join(dir, "Windows/WinSxS/hard link")))
	must(t, os.Link(filepath.Join(dir, "Program Files/mixed"), filepath.Join(dir, "third name")))
	err := os.Symlink("../Users/Case", filepath.Join(dir, "Windows", "link"))
	if runtime.GOOS != "windows" { // where not everybody may make one
		must(t, err)
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t testing.TB, name string) *File {
	t.Helper()
	f, err := Open(name)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func mustImage(t testing.TB, f *File, index int) *Image {
	t.Helper()
	image, err := f.Image(index)
	must(t, err)
	return image
}

// tree describes everything in fsys that a capture keeps: content, link
// targets, modification times.
func tree(t testing.TB, fsys fs.FS) []string {
	t.Helper()
	var lines []string
	must(t, fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := path + " " + d.Type().String()
		switch {
		case d.Type().IsRegular():
			b, err := fs.ReadFile(fsys, path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %d bytes %v %s", info.Size(), info.ModTime().UnixNano()/100, hashOf(b))
		case d.Type()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(fsys, path)
			if err != nil {
				return err
			}
			line += " -> " + target
		}
		lines = append(lines, line)
		return nil
	}))
	slices.Sort(lines)
	return lines
}

func sameTree(t testing.TB, got, want fs.FS) {
	t.Helper()
	g, w := tree(t, got), tree(t, want)
	for _, line := range w {
		if !slices.Contains(g, line) {
			t.Errorf("missing: %s", line)
		}
	}
	for _, line := range g {
		if !slices.Contains(w, line) {
			t.Errorf("not wanted: %s", line)
		}
	}
}

func wimlibCapture(t testing.TB, dir string, f format, args ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "wimlib.wim")
	args = append([]string{"capture", dir, name, "--compress=" + f.compression.String()}, args...)
	if f.chunk != 0 {
		args = append(args, fmt.Sprintf("--chunk-size=%d", f.chunk))
	}
	testenv.Run(t, "wimlib-imagex", args...)
	return name
}

// accepted has the other programs read the whole file.
func accepted(t testing.TB, name string) {
	t.Helper()
	testenv.Run(t, "wimlib-imagex", "verify", name)
	testenv.Run(t, "7z", "t", name)
	f := mustOpen(t, name)
	must(t, f.Verify(context.Background()))
}

// wimlibApply unpacks an image with wimlib.
func wimlibApply(t testing.TB, name string, index int) fs.FS {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "applied")
	testenv.Run(t, "wimlib-imagex", "apply", name, fmt.Sprint(index), dir)
	return os.DirFS(dir)
}

func writeFile(t testing.TB, write func(io.WriteSeeker) error) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ours.wim")
	f, err := os.Create(name)
	must(t, err)
	must(t, write(f))
	must(t, f.Close())
	return name
}

func contains(t testing.TB, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
