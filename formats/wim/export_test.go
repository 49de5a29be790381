package wim

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
)

// storedBytes returns what the file holds for a blob, as it is.
func storedBytes(t testing.TB, f *File, h Hash) []byte {
	t.Helper()
	b, ok := f.Blob(h)
	if !ok {
		t.Fatalf("no blob %s", h)
	}
	stored := make([]byte, b.Stored)
	_, err := readAt(f.src, stored, b.Offset)
	must(t, err)
	return stored
}

func TestExportCopiesBlobs(t *testing.T) {
	for _, format := range formats {
		src := mustOpen(t, wimlibCapture(t, sampleDir(t), format))
		out := mustOpen(t, export(t, src, format.options()))
		n := 0
		for b := range src.Blobs() {
			n++
			if !bytes.Equal(storedBytes(t, src, b.Hash), storedBytes(t, out, b.Hash)) {
				t.Errorf("%v: blob %s was not copied as it is", format, b.Hash)
			}
			if copied, _ := out.Blob(b.Hash); copied.RefCount != b.RefCount {
				t.Errorf("%v: blob %s has %d references, want %d", format, b.Hash, copied.RefCount, b.RefCount)
			}
		}
		if n < 10 {
			t.Errorf("%v: only %d blobs", format, n)
		}
	}
}

// TestExportLeavesDeadWeight exports one image of two, of a file that was
// changed in place.
func TestExportLeavesDeadWeight(t *testing.T) {
	dir := sampleDir(t)
	name := wimlibCapture(t, dir, format{XPRESS, 1 << 15})
	testenv.Run(t, "wimlib-imagex", "append", dir, name, "second")
	image := mustImage(t, mustOpen(t, name), 2)
	changeSample(image.Root)
	image.Info.XML.Set("kept", "GILD", "RECEIPT")
	must(t, Update(t.Context(), name, UpdateOptions{}, Change{Index: 2, Root: image.Root, Info: image.Info}))
	src := mustOpen(t, name)
	out := export(t, src, Options{Compression: XPRESS, BootIndex: 1}, 2)
	accepted(t, out)
	f := mustOpen(t, out)
	equal(t, flat(mustImage(t, f, 1).Root), flat(image.Root))
	if _, dead := f.Blob(hashOf(noise(300_003, 5))); dead {
		t.Error("a blob of the first image is still there")
	}
	used := int64(headerSize)
	for b := range f.Blobs() {
		used += b.Stored
	}
	metadata, err := f.Metadata(1)
	must(t, err)
	h := f.header
	if used += metadata.Stored + h.blobTable.stored + h.xml.stored; used != f.Size() {
		t.Errorf("of %d bytes %d are used", f.Size(), used)
	}
	if info := f.Images()[0]; info.Name != "second" || info.XML.Value("GILD", "RECEIPT") != "kept" || h.BootIndex != 1 {
		t.Errorf("information %+v", info)
	}
	if _, err := os.Stat(out); err != nil || h.Flags&FlagRPFix != src.header.Flags&FlagRPFix {
		t.Errorf("flags %#x", h.Flags)
	}
}

// TestChangedImage writes a changed image into a new file, the way images are
// built: old content from the source, new content from the caller.
func TestChangedImage(t *testing.T) {
	for _, format := range formats {
		src := mustOpen(t, wimlibCapture(t, sampleDir(t), format))
		image := mustImage(t, src, 1)
		changeSample(image.Root)
		name := writeFile(t, func(w io.WriteSeeker) error {
			b, err := NewBuilder(format.options())
			must(t, err)
			must(t, b.AddImage(image.Root, image.Info, src))
			return b.Write(t.Context(), w)
		})
		accepted(t, name)
		out := mustImage(t, mustOpen(t, name), 1)
		equal(t, flat(out.Root), flat(image.Root))
		got, err := out.ReadFile("Windows/System32/config/SOFTWARE")
		must(t, err)
		if !bytes.Equal(got, prose(500_000, 20)) {
			t.Error("new content is wrong")
		}
	}
}

func TestMissingBlob(t *testing.T) {
	src := mustOpen(t, wimlibCapture(t, sampleDir(t), format{}))
	b, err := NewBuilder(Options{})
	must(t, err)
	err = b.AddImage(mustImage(t, src, 1).Root, ImageInfo{})
	if err == nil {
		t.Fatal("content out of nowhere")
	}
	contains(t, err.Error(), `\Program Files\`, "blob not found")
}
