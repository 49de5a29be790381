package offline_test

import (
	"fmt"
	"testing"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
)

// large makes a WIM file with as many files as a Windows Server image, in similar
// folders: many small ones and one with tens of thousands of files.
func large(t testing.TB) string {
	security := []byte(descriptor)
	root := &wim.Node{Attributes: wim.AttrDirectory, Security: security}
	side := &wim.Node{Name: "WinSxS", Attributes: wim.AttrDirectory, Security: security}
	root.Children = append(root.Children, &wim.Node{Name: "Windows", Attributes: wim.AttrDirectory, Security: security, Children: []*wim.Node{side}})
	for i := range 20_000 {
		dir := &wim.Node{Name: fmt.Sprintf("amd64_microsoft-windows-component_31bf3856ad364e35_10.0.19041.1_none_%016x", i*7919),
			Attributes: wim.AttrDirectory, Security: security}
		for j := range 5 {
			dir.Children = append(dir.Children, &wim.Node{
				Name: fmt.Sprintf("file number %d.dll", j), Attributes: wim.AttrArchive, Security: security,
				Created: 133444736000000000, Written: 133444736000000000,
				Streams: []wim.Stream{{Content: text(fmt.Sprint(i, j))}},
			})
		}
		side.Children = append(side.Children, dir)
	}
	root.Sort()
	return build(t, root)
}

// descriptor is O:SYG:SYD:(A;OICI;FA;;;SY).
const descriptor = "\x01\x00\x04\x80\x30\x00\x00\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00" +
	"\x02\x00\x1c\x00\x01\x00\x00\x00\x00\x03\x14\x00\xff\x01\x1f\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" +
	"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"

// BenchmarkOpen opens an image of 120,000 files and reads its description.
func BenchmarkOpen(b *testing.B) {
	ref := image.Ref{Path: large(b)}
	b.ReportAllocs()
	for b.Loop() {
		s, err := offline.Backend{}.Open(b.Context(), ref, image.OpenOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Info(b.Context()); err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkCheckpoint seals a small change: its cost must not depend on the size of the
// image.
func BenchmarkCheckpoint(b *testing.B) {
	s, err := offline.Backend{}.Open(b.Context(), image.Ref{Path: large(b)},
		image.OpenOptions{Write: true, Store: b.TempDir(), Clock: imagetest.Clock()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	f, _ := image.As[image.Files](s)
	n := 0
	for b.Loop() {
		n++
		if err := f.MkdirAll(fmt.Sprintf("Windows/New/%d", n), image.Meta{}); err != nil {
			b.Fatal(err)
		}
		if err := s.Commit(b.Context(), fmt.Sprint(n)); err != nil {
			b.Fatal(err)
		}
	}
}
