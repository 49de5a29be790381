package wim

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// bigTree is a tree of n nodes, a quarter of them directories, whose files
// have short content, each its own.
func bigTree(n int) *Node {
	root := &Node{Attributes: AttrDirectory, Security: make([]byte, 100)}
	dir := root
	for i := 1; i < n; i++ {
		c := &Node{Name: fmt.Sprintf("amd64_microsoft-windows-component_31bf3856ad364e35_%06d", i*7919%n), Written: nt.Time(i), Security: root.Security}
		if i%4 == 0 {
			c.Attributes = AttrDirectory
			root.Children = append(root.Children, c)
			dir = c
			continue
		}
		c.Streams = []Stream{{Hash: hashOf([]byte(c.Name)), Content: newContent([]byte(c.Name))}}
		dir.Children = append(dir.Children, c)
	}
	root.Sort()
	return root
}

func bigFile(b *testing.B) string {
	name := filepath.Join(b.TempDir(), "big.wim")
	f, err := os.Create(name)
	must(b, err)
	defer f.Close()
	w, err := NewBuilder(Options{Compression: LZX})
	must(b, err)
	must(b, w.AddImage(bigTree(120_000), ImageInfo{}))
	must(b, w.Write(b.Context(), f))
	return name
}

// BenchmarkImage opens a file with an image of 120,000 nodes and reads its tree.
func BenchmarkImage(b *testing.B) {
	name := bigFile(b)
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		f, err := Open(name)
		must(b, err)
		image, err := f.Image(1)
		must(b, err)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if image.Lookup(`amd64_microsoft-windows-component_31bf3856ad364e35_119996`) == nil {
			b.Fatal("not found")
		}
		f.Close()
		runtime.KeepAlive(image)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-held")
}

// BenchmarkUpdate changes one file of such an image.
func BenchmarkUpdate(b *testing.B) {
	name := bigFile(b)
	f, err := Open(name)
	must(b, err)
	defer f.Close()
	image, err := f.Image(1)
	must(b, err)
	before := f.Size()
	for b.Loop() {
		image.Root.Children[0].Children[0].Streams[0] = Stream{Content: newContent(prose(1<<20, uint64(b.N)))}
		must(b, Update(b.Context(), name, UpdateOptions{}, Change{Index: 1, Root: image.Root, Info: image.Info}))
	}
	st, err := os.Stat(name)
	must(b, err)
	b.ReportMetric(float64(st.Size()-before)/float64(b.N)/1e6, "MB-appended/op")
}

func BenchmarkReadBlob(b *testing.B) {
	content := benchContent(b)
	for _, format := range []format{{None, 0}, {XPRESS, 1 << 15}, {LZX, 1 << 15}} {
		b.Run(format.String(), func(b *testing.B) {
			f := mustOpen(b, wimlibCapture(b, filepath.Dir(content), format))
			image := mustImage(b, f, 1)
			n := image.Lookup(filepath.Base(content))
			b.SetBytes(n.Size())
			for b.Loop() {
				r, err := f.OpenBlob(n.Hash())
				must(b, err)
				_, err = io.Copy(io.Discard, r)
				must(b, err)
				r.Close()
			}
		})
	}
}

// benchContent is a program, as systems are full of: this test itself.
func benchContent(b *testing.B) string {
	self, err := os.Executable()
	must(b, err)
	content, err := os.ReadFile(self)
	must(b, err)
	name := filepath.Join(sampleDir(b), "program.exe")
	must(b, os.WriteFile(name, content, 0o755))
	return name
}

// BenchmarkExport copies compressed blobs into a new file.
func BenchmarkExport(b *testing.B) {
	src := mustOpen(b, wimlibCapture(b, filepath.Dir(benchContent(b)), format{XPRESS, 1 << 15}))
	name := filepath.Join(b.TempDir(), "out.wim")
	b.SetBytes(src.Size())
	for b.Loop() {
		f, err := os.Create(name)
		must(b, err)
		must(b, Export(b.Context(), f, src, nil, Options{Compression: XPRESS}))
		must(b, f.Close())
	}
}

func BenchmarkCapture(b *testing.B) {
	dir := filepath.Dir(benchContent(b))
	for _, format := range formats {
		b.Run(format.String(), func(b *testing.B) {
			for b.Loop() {
				root, err := CaptureDir(b.Context(), dir, CaptureOptions{})
				must(b, err)
				f, err := os.Create(filepath.Join(b.TempDir(), "out.wim"))
				must(b, err)
				w, err := NewBuilder(format.options())
				must(b, err)
				must(b, w.AddImage(root, ImageInfo{}))
				must(b, w.Write(b.Context(), f))
				size := w.images[0].info.TotalBytes
				b.SetBytes(size)
				must(b, f.Close())
			}
		})
	}
}
