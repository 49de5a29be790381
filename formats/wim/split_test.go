package wim

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// writeParts writes a split WIM and returns the name of its first part.
func writeParts(t testing.TB, b *Builder, size int64) string {
	t.Helper()
	first := filepath.Join(t.TempDir(), "a split.swm")
	n := 0
	must(t, b.WriteParts(t.Context(), size, func() (PartWriter, error) {
		n++
		f, err := os.OpenFile(PartName(first, n), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			t.Cleanup(func() { f.Close() })
		}
		return f, err
	}))
	return first
}

func builderOf(t testing.TB, src *File, o Options) *Builder {
	t.Helper()
	b, err := NewBuilder(o)
	must(t, err)
	image := mustImage(t, src, 1)
	must(t, b.AddImage(image.Root, image.Info, src))
	return b
}

// TestWriteParts writes sets of parts and lets wimlib check and join them.
func TestWriteParts(t *testing.T) {
	dir := sampleDir(t)
	for _, from := range []format{{None, 0}, {LZX, 1 << 15}} {
		src := mustOpen(t, wimlibCapture(t, dir, from))
		for _, to := range formats {
			for _, size := range []int64{1, 64 << 10, 400 << 10, 1 << 30} {
				t.Run(from.String()+" to "+to.String()+" at "+strconv.FormatInt(size, 10), func(t *testing.T) {
					o := to.options()
					o.Integrity, o.BootIndex = true, 1
					name := writeParts(t, builderOf(t, src, o), size)
					f := mustOpen(t, name)
					must(t, f.Verify(t.Context()))
					must(t, f.VerifyIntegrity(t.Context()))
					checkSizes(t, f, size)
					acceptedParts(t, name, dir)
					again := writeParts(t, builderOf(t, src, o), size)
					for i := range f.Parts() {
						sameBytes(t, PartName(name, i+1), PartName(again, i+1))
					}
				})
			}
		}
	}
}

// checkSizes checks that no part is larger than it may be, unless it holds one
// blob or is the first, and holds none.
func checkSizes(t *testing.T, f *File, size int64) {
	t.Helper()
	blobs := make([]int, len(f.parts))
	for b := range f.Blobs() {
		for i, p := range f.parts {
			if b.Offset >= p.base && b.Offset < p.base+p.size {
				blobs[i]++
				if b.Offset+b.Stored > p.base+p.size {
					t.Errorf("blob %s is cut", b.Hash)
				}
			}
		}
	}
	for i, p := range f.parts {
		if p.size > size && blobs[i] > 1 || p.size > size && i == 0 && blobs[i] > 0 {
			t.Errorf("part %d has %d bytes, more than %d, and %d blobs", i+1, p.size, size, blobs[i])
		}
	}
	if size == 1<<30 && len(f.parts) != 1 || size == 400<<10 && len(f.parts) < 2 || size == 1 && len(f.parts) != len(f.table.blobs)+1 {
		t.Errorf("%d parts of %d bytes", len(f.parts), size)
	}
}

func acceptedParts(t *testing.T, name, dir string) {
	t.Helper()
	pattern := strings.TrimSuffix(name, ".swm") + "*.swm"
	testenv.Run(t, "wimlib-imagex", "verify", name, "--ref="+pattern)
	joined := filepath.Join(t.TempDir(), "joined.wim")
	var parts []string
	for n := 1; ; n++ {
		if _, err := os.Stat(PartName(name, n)); err != nil {
			break
		}
		parts = append(parts, PartName(name, n))
	}
	testenv.Run(t, "wimlib-imagex", append([]string{"join", joined}, parts...)...)
	sameTree(t, wimlibApply(t, joined, 1), os.DirFS(dir))
}

// TestWritePartsFresh splits content whose compressed size no one knows before.
func TestWritePartsFresh(t *testing.T) {
	root := &Node{Attributes: AttrDirectory}
	for i := range 40 {
		content := append(prose(30_000+i*1000, uint64(i)), noise(i*900, uint64(i))...)
		root.Children = append(root.Children, &Node{Name: "file " + strconv.Itoa(100+i), Streams: []Stream{{Content: newContent(content)}}})
	}
	for _, o := range []Options{{Compression: LZX}, {Compression: XPRESS, Integrity: true}, {}} {
		b, err := NewBuilder(o)
		must(t, err)
		must(t, b.AddImage(root, ImageInfo{Name: "fresh"}))
		name := writeParts(t, b, 100<<10)
		f := mustOpen(t, name)
		must(t, f.Verify(t.Context()))
		checkSizes(t, f, 100<<10)
		if len(f.parts) < 3 || f.Header().Flags&FlagSpanned == 0 {
			t.Errorf("%d parts", len(f.parts))
		}
		testenv.Run(t, "wimlib-imagex", "verify", name, "--ref="+strings.TrimSuffix(name, ".swm")+"*.swm")
		whole := export(t, f, Options{Compression: LZX})
		accepted(t, whole)
	}
}

// wimlibSplit makes a split WIM with wimlib.
func wimlibSplit(t *testing.T, args ...string) (first string, dir string) {
	t.Helper()
	dir = sampleDir(t)
	first = filepath.Join(t.TempDir(), "x.swm")
	testenv.Run(t, "wimlib-imagex", append([]string{"split", wimlibCapture(t, dir, format{None, 0}), first, "0.4"}, args...)...)
	return first, dir
}

func TestReadParts(t *testing.T) {
	first, dir := wimlibSplit(t, "--check")
	f := mustOpen(t, first)
	if len(f.Parts()) < 3 || f.Header().Parts != len(f.Parts()) {
		t.Fatalf("parts %q", f.Parts())
	}
	must(t, f.Verify(t.Context()))
	must(t, f.VerifyIntegrity(t.Context()))
	whole := export(t, f, Options{Compression: LZX})
	accepted(t, whole)
	sameTree(t, wimlibApply(t, whole, 1), os.DirFS(dir))
}

func TestPartsRefused(t *testing.T) {
	alter := func(change func(first string)) string {
		first, _ := wimlibSplit(t)
		change(first)
		return first
	}
	other, _ := wimlibSplit(t)
	copyTo := func(to, from string) {
		b, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(to, b, 0o666))
	}
	for what, c := range map[string]struct{ file, named, want string }{
		"missing":     {file: alter(func(f string) { must(t, os.Remove(PartName(f, 2))) }), want: "part 2 is not there"},
		"of another":  {file: alter(func(f string) { copyTo(PartName(f, 2), PartName(other, 2)) }), named: "x2.swm", want: "is not part 2"},
		"exchanged":   {file: alter(func(f string) { copyTo(PartName(f, 2), PartName(f, 3)) }), named: "x2.swm", want: "is not part 2"},
		"cut short":   {file: alter(func(f string) { must(t, os.Truncate(PartName(f, 2), 5000)) }), named: "x2.swm", want: "cut short"},
		"no WIM":      {file: alter(func(f string) { must(t, os.WriteFile(PartName(f, 2), nil, 0o666)) }), named: "x2.swm", want: "does not start"},
		"second part": {file: PartName(other, 2), want: "name the first part"},
	} {
		f, err := Open(c.file)
		if err == nil {
			f.Close()
			t.Errorf("%s: it opens", what)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.named) {
			t.Errorf("%s: %v", what, err)
		}
	}
	st, err := os.Stat(other)
	must(t, err)
	file, err := os.Open(other)
	must(t, err)
	defer file.Close()
	if _, err := NewFile(file, st.Size(), other); !errors.Is(err, ErrUnsupported) {
		t.Errorf("one part alone: %v", err)
	}
	if err := Update(t.Context(), other, UpdateOptions{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("update: %v", err)
	}
}

// TestTooManyParts checks that no more parts are written than are read.
func TestTooManyParts(t *testing.T) {
	created := 0
	s := &spread{limit: 1, create: func() (io.WriteSeeker, error) { created++; return &disk{}, nil }}
	var err error
	for range maxParts + 1 {
		if _, err = s.begin(); err != nil {
			break
		}
	}
	if err == nil || created != maxParts {
		t.Errorf("%d parts, %v", created, err)
	}
}

// TestPartDamaged checks that an error names the part that is damaged.
func TestPartDamaged(t *testing.T) {
	first, _ := wimlibSplit(t, "--check")
	name := PartName(first, 2)
	b, err := os.ReadFile(name)
	must(t, err)
	b[1000] ^= 1
	must(t, os.WriteFile(name, b, 0o666))
	f := mustOpen(t, first)
	for what, err := range map[string]error{"verify": f.Verify(t.Context()), "integrity": f.VerifyIntegrity(t.Context())} {
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "offset 208") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzParts opens two files as the parts of one and reads what there is.
func FuzzParts(f *testing.F) {
	for _, format := range formats {
		o := format.options()
		o.Integrity = true
		b, err := NewBuilder(o)
		must(f, err)
		root := &Node{Attributes: AttrDirectory, Children: []*Node{{Name: "file", Streams: []Stream{{Content: newContent(prose(40_000, 1))}}}}}
		must(f, b.AddImage(root, ImageInfo{Name: "one"}))
		var parts []*disk
		must(f, b.WriteParts(f.Context(), 1, func() (PartWriter, error) {
			parts = append(parts, &disk{})
			return parts[len(parts)-1], nil
		}))
		f.Add(parts[0].b, parts[1].b)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		w := &File{volume: volume{name: "fuzzed", parts: []part{
			{name: "fuzzed", src: bytes.NewReader(first), size: int64(len(first))},
			{name: "fuzzed2", src: bytes.NewReader(second), size: int64(len(second))},
		}}}
		for i := range w.parts {
			if w.parts[i].readHeader() != nil {
				return
			}
		}
		if w.open() != nil {
			return
		}
		w.VerifyIntegrity(t.Context())
		for i := range w.Images() {
			w.Image(i + 1)
		}
		for blob := range w.Blobs() {
			if r, err := w.OpenBlob(blob.Hash); err == nil {
				io.CopyN(io.Discard, r, 1<<20)
				r.Close()
			}
		}
	})
}

// TestPartsHoldNoBuffer: as many parts as there may be take no more memory than a few.
func TestPartsHoldNoBuffer(t *testing.T) {
	dir := t.TempDir()
	s := &spread{create: func() (io.WriteSeeker, error) { return os.CreateTemp(dir, "part") }}
	for range 3 {
		if _, err := s.begin(); err != nil {
			t.Fatal(err)
		}
	}
	for i, out := range s.outs {
		if last := i == len(s.outs)-1; last != (cap(out.pending) > 0) {
			t.Errorf("part %d of %d holds %d bytes", i+1, len(s.outs), cap(out.pending))
		}
		if _, err := out.Write([]byte("tables")); err != nil {
			t.Fatal(err)
		}
		if err := out.finish(); err != nil {
			t.Fatal(err)
		}
		f := out.w.(*os.File)
		if info, err := f.Stat(); err != nil || info.Size() != headerSize+6 {
			t.Errorf("part %d: %v, %v", i+1, info.Size(), err)
		}
		f.Close()
	}
}
