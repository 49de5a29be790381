package wim

import (
	"bytes"
	"io"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

// FuzzOpen opens arbitrary files and reads what there is.
func FuzzOpen(f *testing.F) {
	for _, format := range formats[1:] {
		for _, integrity := range []bool{false, true} {
			d := &disk{}
			o := format.options()
			o.Integrity, o.BootIndex = integrity, 1
			b, err := NewBuilder(o)
			must(f, err)
			must(f, b.AddImage(small(), ImageInfo{Name: "one", Windows: &WindowsInfo{Languages: []string{"de-DE"}}}))
			must(f, b.Write(f.Context(), d))
			f.Add(d.b)
		}
	}
	f.Add([]byte("MSWIM\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := NewFile(bytes.NewReader(b), int64(len(b)), "fuzzed")
		if err != nil {
			return
		}
		w.VerifyIntegrity(t.Context())
		w.XML()
		for i, info := range w.Images() {
			if _, err := parseXML(info.element(i + 1).bytes()); err == nil {
				t.Error("an IMAGE element is accepted as the root")
			}
			if image, err := w.Image(i + 1); err == nil {
				encodeMetadata(image.Root, streamHash)
			}
		}
		for blob := range w.Blobs() {
			if r, err := w.OpenBlob(blob.Hash); err == nil {
				io.CopyN(io.Discard, r, 1<<20)
				r.Close()
			}
		}
	})
}

// small is a tree for a file of a few kilobytes.
func small() *Node {
	return &Node{Attributes: AttrDirectory, Children: []*Node{
		{Name: "dir", Attributes: AttrDirectory, Children: []*Node{
			{Name: "file", ShortName: "FILE", Security: make([]byte, 20), Streams: []Stream{
				{Content: newContent(prose(40_000, 1)[:33_000])}, {Name: "ads", Content: newContent([]byte("ads"))}}},
		}},
		{Name: "link", Attributes: AttrReparse, ReparseTag: TagSymlink, Streams: []Stream{
			{Kind: Reparse, Content: newContent(symlinkData("dir/file"))}}},
	}}
}

// FuzzMetadata decodes arbitrary metadata; what is accepted must come back
// unchanged after it is encoded.
func FuzzMetadata(f *testing.F) {
	f.Add(encoded(f, hashed(handmade())))
	f.Add(encoded(f, &Node{Attributes: AttrDirectory}))
	f.Fuzz(func(t *testing.T, b []byte) {
		root, err := parseMetadata(b, noSize)
		if err != nil {
			return
		}
		again, err := encodeMetadata(root, streamHash)
		if err != nil {
			t.Skip(err) // more than can be written, such as a name without end
		}
		second, err := parseMetadata(again, noSize)
		must(t, err)
		third, err := encodeMetadata(second, streamHash)
		must(t, err)
		if !bytes.Equal(again, third) {
			t.Error("it changes when it is written a second time")
		}
	})
}

// FuzzXML parses arbitrary XML; what is accepted must come back unchanged.
func FuzzXML(f *testing.F) {
	f.Add("<WIM><IMAGE INDEX=\"1\"><NAME>a &amp; b</NAME></IMAGE><x:y z=\"1\"/></WIM>")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseXML(nt.AppendUTF16([]byte{0xff, 0xfe}, text))
		if err != nil {
			return
		}
		again, err := parseXML(e.bytes())
		must(t, err)
		equal(t, again, e)
	})
}
