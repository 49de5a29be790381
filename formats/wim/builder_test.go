package wim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/internal/testenv"
)

func export(t testing.TB, src *File, o Options, indexes ...int) string {
	t.Helper()
	return writeFile(t, func(w io.WriteSeeker) error {
		return Export(context.Background(), w, src, indexes, o)
	})
}

func TestExport(t *testing.T) {
	dir := sampleDir(t)
	for _, from := range []format{{None, 0}, {LZX, 1 << 15}} {
		src := mustOpen(t, wimlibCapture(t, dir, from))
		for _, to := range formats {
			t.Run(from.String()+" to "+to.String(), func(t *testing.T) {
				o := to.options()
				o.Integrity = true
				name := export(t, src, o)
				accepted(t, name)
				must(t, mustOpen(t, name).VerifyIntegrity(context.Background()))
				sameTree(t, wimlibApply(t, name, 1), os.DirFS(dir))
				again := export(t, src, o)
				sameBytes(t, name, again)
			})
		}
	}
}

func sameBytes(t testing.TB, a, b string) {
	t.Helper()
	x, err := os.ReadFile(a)
	must(t, err)
	y, err := os.ReadFile(b)
	must(t, err)
	if !bytes.Equal(x, y) {
		t.Errorf("%s and %s differ", a, b)
	}
}

func newContent(b []byte) *Content {
	return &Content{Size: int64(len(b)), Open: func() (io.ReadCloser, error) { return newBytesReader(b), nil }}
}

// handmade is a tree with what a capture on Linux does not give.
func handmade() *Node {
	when := nt.TimeOf(time.Date(2024, 2, 29, 12, 30, 15, 123456700, time.UTC))
	sd := []byte("\x01\x00\x04\x80\x14\x00\x00\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00")
	symlink := append([]byte{0, 0, 8, 0, 8, 0, 8, 0, 1, 0, 0, 0}, nt.AppendUTF16(nil, "filefile")...)
	root := &Node{Attributes: AttrDirectory, Created: when, Security: sd, Streams: []Stream{
		{Name: "on the root", Content: newContent([]byte("stream of a directory"))},
	}}
	root.Children = []*Node{
		{Name: "file", ShortName: "FILE~1", Attributes: AttrArchive | AttrHidden, Created: when, Accessed: when + 1, Written: when + 2,
			Security: bytes.Clone(sd), Streams: []Stream{
				{Content: newContent(prose(100_000, 9))},
				{Name: "Zone.Identifier", Content: newContent([]byte("[ZoneTransfer]\r\nZoneId=3\r\n"))},
				{Name: "empty", Content: newContent(nil)},
			}},
		{Name: "lone \xed\xa0\x80 surrogate", Attributes: AttrNormal, Written: when, Streams: []Stream{{Content: newContent(prose(70_000, 10))}}},
		{Name: "a link", Attributes: AttrReparse, ReparseTag: TagSymlink, Streams: []Stream{{Kind: Reparse, Content: newContent(symlink)}}},
		{Name: "junction", Attributes: AttrReparse | AttrDirectory, ReparseTag: TagMountPoint, ReparseFlags: 1,
			Streams: []Stream{{Kind: Reparse, Content: newContent(symlink)}, {Name: "ads", Content: newContent([]byte("x"))}}},
		{Name: "linked 1", HardLink: 7, Streams: []Stream{{Content: newContent(prose(5000, 11))}}},
		{Name: "linked 2", HardLink: 7, Streams: []Stream{{Content: newContent(prose(5000, 11))}}},
		{Name: "empty", Attributes: AttrNormal},
		{Name: "dir", Attributes: AttrDirectory, ShortName: "DIR~1"},
	}
	root.Sort()
	return root
}

// flat describes a tree completely.
func flat(root *Node) []Node {
	var nodes []Node
	for path, n := range root.All() {
		c := *n
		c.Name, c.Children, c.Streams = path, nil, nil
		for _, s := range n.Streams {
			s.Content = nil
			c.Streams = append(c.Streams, s)
		}
		nodes = append(nodes, c)
	}
	return nodes
}

func TestBuilder(t *testing.T) {
	created := time.Date(2025, 1, 2, 3, 4, 5, 600, time.UTC)
	for _, format := range allFormats {
		t.Run(format.String(), func(t *testing.T) {
			o := format.options()
			o.BootIndex = 1
			root := handmade()
			name := writeFile(t, func(w io.WriteSeeker) error {
				b, err := NewBuilder(o)
				must(t, err)
				info := ImageInfo{Name: "Käfer & <co>", Description: "d", Flags: "Core", Created: created, Modified: created,
					Windows: &WindowsInfo{Arch: 9, Languages: []string{"en-US", "de-DE"}, DefaultLanguage: "en-US",
						Version: Version{10, 0, 22621, 1, 2}, SystemRoot: "WINDOWS"}}
				must(t, b.AddImage(root, info))
				must(t, b.AddImage(root, ImageInfo{Name: "second"}))
				return b.Write(t.Context(), w)
			})
			accepted(t, name)
			f := mustOpen(t, name)
			got, want := flat(mustImage(t, f, 1).Root), flat(root)
			equal(t, got, want)
			info := f.Images()[0]
			if info.Name != "Käfer & <co>" || !info.Created.Equal(created) || info.Windows.Version.Build != 22621 ||
				len(info.Windows.Languages) != 2 || info.FileCount != 7 || info.DirCount != 2 {
				t.Errorf("info is %+v", info)
			}
			if h := f.Header(); h.BootIndex != 1 || h.bootMetadata.offset == 0 || h.GUID == (GUID{}) {
				t.Errorf("header is %+v", h)
			}
			wimlibSees(t, name)
			equal(t, flat(mustImage(t, mustOpen(t, export(t, f, o, 1)), 1).Root), want)
		})
	}
}

// wimlibSees checks what wimlib shows of handmade.
func wimlibSees(t *testing.T, name string) {
	t.Helper()
	out := testenv.Run(t, "wimlib-imagex", "dir", name, "1", "--detailed")
	contains(t, out,
		`Full Path           = "/file"`, `Short Name          = "FILE~1"`,
		`Named data stream "Zone.Identifier"`, `Named data stream "empty"`, `Named data stream "on the root"`,
		`Named data stream "ads"`,
		"Reparse Tag         = 0xa000000c", "Reparse Tag         = 0xa0000003",
		"Link Count          = 2", "Link Group ID       = 0x0000000000000007",
		"Security Descriptor = 01000480140000002000000000000000", "Reparse point stream:",
		hashOf(prose(100_000, 9)).String(),
	)
	contains(t, testenv.Run(t, "wimlib-imagex", "info", name),
		"Name:                   Käfer & <co>", "Architecture:           x86_64", "Build:                  22621",
		"Languages:              en-US de-DE", "Boot Index:     1")
}

// TestIncompressible writes blobs that do not get smaller, in the buffer and
// beyond it, between others and last.
func TestIncompressible(t *testing.T) {
	root := &Node{Attributes: AttrDirectory, Children: []*Node{
		{Name: "1 small", Streams: []Stream{{Content: newContent(noise(100_000, 1))}}},
		{Name: "2 prose", Streams: []Stream{{Content: newContent(prose(100_000, 2))}}},
		{Name: "3 big", Streams: []Stream{{Content: newContent(noise(outputBuffer+100_000, 3))}}},
		{Name: "4 prose", Streams: []Stream{{Content: newContent(prose(outputBuffer*5, 4))}}},
		{Name: "5 big", Streams: []Stream{{Content: newContent(noise(outputBuffer*2+1, 5))}}},
	}}
	name := writeFile(t, func(w io.WriteSeeker) error {
		b, err := NewBuilder(Options{Compression: XPRESS, ChunkSize: 1 << 12, Integrity: true})
		must(t, err)
		must(t, b.AddImage(root, ImageInfo{}))
		return b.Write(t.Context(), w)
	})
	accepted(t, name)
	f := mustOpen(t, name)
	for b := range f.Blobs() {
		if compressed := b.res.flags&resCompressed != 0; compressed != (b.Stored < b.Size) || b.Stored > b.Size {
			t.Errorf("blob %+v", b)
		}
	}
	if end := f.end(); end != f.Size() {
		t.Errorf("the file has %d bytes, of which %d are used", f.Size(), end)
	}
}

func TestBuilderOnFullDisk(t *testing.T) {
	for fail := 1; ; fail++ {
		b, err := NewBuilder(Options{Integrity: true})
		must(t, err)
		root := handmade()
		for i := range 3 {
			root.Children = append(root.Children, &Node{Name: fmt.Sprint("big", i),
				Streams: []Stream{{Content: newContent(noise(outputBuffer, uint64(i)))}}})
		}
		must(t, b.AddImage(root, ImageInfo{}))
		d := &disk{fail: fail}
		if err = b.Write(t.Context(), d); err == nil {
			if fail < 4 {
				t.Errorf("there were only %d writes", fail)
			}
			return
		}
		if !errors.Is(err, errDiskFull) {
			t.Fatal(err)
		}
		if _, err := NewFile(d, int64(len(d.b)), "half"); !errors.Is(err, ErrNotWIM) {
			t.Errorf("what is half written opens: %v", err)
		}
	}
}

// TestInfoIsKept writes information back with nothing but what was changed.
func TestInfoIsKept(t *testing.T) {
	e := &Element{Name: "IMAGE", Attrs: []Attr{{"INDEX", "1"}}, Children: []*Element{
		{Name: "UNKNOWN", Attrs: []Attr{{"a", `"<&>"`}}, Text: "Ü < 1"},
		{Name: "WINDOWS", Children: []*Element{{Name: "SYSTEMROOT", Text: "WINDOWS"}, {Name: "SERVICINGDATA", Text: "x"}}},
		{Name: "NAME", Text: "old"},
	}}
	root := &Element{Name: "WIM", Children: []*Element{e.Clone()}}
	again, err := parseXML(root.bytes())
	must(t, err)
	equal(t, again, root)
	infos := imageInfos(again, 1)
	equal(t, infos[0].element(1), e)
	infos[0].Name = "new"
	e.Set("new", "NAME")
	equal(t, infos[0].element(1), e)
}
