package wim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/nt"
)

func streamHash(s *Stream) Hash { return s.Hash }

func noSize(Hash) int64 { return 0 }

// hashed gives the streams of a tree the hashes of their content.
func hashed(root *Node) *Node {
	for _, n := range root.All() {
		for i := range n.Streams {
			n.Streams[i] = Stream{Name: n.Streams[i].Name, Kind: n.Streams[i].Kind, Hash: Hash{byte(i + 1)}}
		}
	}
	return root
}

func encoded(t testing.TB, root *Node) []byte {
	t.Helper()
	b, err := encodeMetadata(root, streamHash)
	must(t, err)
	return b
}

func TestMetadataRoundTrip(t *testing.T) {
	want := hashed(handmade())
	want.Children[0].Tagged = []byte("12345678")
	b := encoded(t, want)
	got, err := parseMetadata(b, noSize)
	must(t, err)
	equal(t, flat(got), flat(want))
	if again := encoded(t, got); !bytes.Equal(again, b) {
		t.Error("encoded again it differs")
	}
	if bytes.Count(b, want.Security) != 1 {
		t.Error("equal security descriptors are not shared")
	}
}

// TestMainHash reads the unnamed stream and reparse data out of the entry itself.
func TestMainHash(t *testing.T) {
	for _, n := range []*Node{
		{Name: "reparse", Attributes: AttrReparse, ReparseTag: TagSymlink, Streams: []Stream{{Kind: Reparse, Hash: Hash{1}}}},
		{Name: "data", Streams: []Stream{{Hash: Hash{2}}, {Name: "named", Hash: Hash{3}}}},
	} {
		root := &Node{Attributes: AttrDirectory, Children: []*Node{n}}
		b := encoded(t, root)
		at := bytes.Index(b, nt.AppendUTF16(nil, n.Name)) - dentrySize
		length := int(binary.LittleEndian.Uint64(b[at:]))
		first := n.Streams[0].Hash
		copy(b[at+64:], first[:])
		clear(b[at+length+16 : at+length+36]) // the first stream entry
		if n.Name == "data" {
			clear(b[at+length+16 : at+length+36])
		}
		got, err := parseMetadata(b, noSize)
		must(t, err)
		equal(t, flat(got), flat(root))
	}
}

func TestHostileMetadata(t *testing.T) {
	root := &Node{Attributes: AttrDirectory, Children: []*Node{
		{Name: "dirA", Attributes: AttrDirectory, Children: []*Node{{Name: "inside", Attributes: AttrDirectory}}},
		{Name: "dirB", Attributes: AttrDirectory, Children: []*Node{{Name: "also"}}},
		{Name: "file", Streams: []Stream{{Name: "ads", Hash: Hash{1}}}},
	}}
	good := encoded(t, root)
	entry := func(b []byte, name string) []byte {
		return b[bytes.Index(b, append(nt.AppendUTF16(nil, name), 0, 0))-dentrySize:]
	}
	subdir := func(b []byte, name string) []byte { return entry(b, name)[16:24] }
	le := binary.LittleEndian
	for _, test := range []struct {
		name, want string
		spoil      func(b []byte)
	}{
		{"loop", "loop", func(b []byte) { copy(subdir(b, "inside"), subdir(b, "dirA")) }},
		{"shared directory", "loop", func(b []byte) { copy(subdir(b, "dirB"), subdir(b, "dirA")) }},
		{"root in itself", "loop", func(b []byte) { copy(subdir(b, "dirA"), b[8+16:8+24]) }},
		{"offset outside", "outside", func(b []byte) { le.PutUint64(subdir(b, "dirA"), 1<<40) }},
		{"offset at the end", "outside", func(b []byte) { le.PutUint64(subdir(b, "dirA"), uint64(len(b))) }},
		{"offset not aligned", "outside", func(b []byte) { le.PutUint64(subdir(b, "dirA"), 12) }},
		{"entry too long", "announces", func(b []byte) { le.PutUint64(entry(b, "file"), 1<<63) }},
		{"entry too short", "announces", func(b []byte) { le.PutUint64(entry(b, "file"), 16) }},
		{"name too long", "has names of", func(b []byte) { le.PutUint16(entry(b, "file")[100:], 60000) }},
		{"odd name", "has names of", func(b []byte) { le.PutUint16(entry(b, "file")[100:], 7) }},
		{"short name too long", "has names of", func(b []byte) { le.PutUint16(entry(b, "file")[98:], 60000) }},
		{"too many streams", "stream", func(b []byte) { le.PutUint16(entry(b, "file")[96:], 60000) }},
		{"security descriptor", "security descriptor 9 of 0", func(b []byte) { entry(b, "file")[12] = 9; clear(entry(b, "file")[13:16]) }},
		{"same names", "two entries named", func(b []byte) { copy(entry(b, "dirB")[dentrySize:], nt.AppendUTF16(nil, "dirA")) }},
		{"separator", "not allowed", func(b []byte) { copy(entry(b, "file")[dentrySize:], nt.AppendUTF16(nil, "a/b")) }},
		{"file with entries", "not a directory", func(b []byte) { copy(subdir(b, "file"), subdir(b, "dirB")) }},
		{"security table", "security table", func(b []byte) { le.PutUint32(b[4:], 1<<30) }},
		{"security table too long", "security table", func(b []byte) { le.PutUint32(b, 1<<31) }},
	} {
		b := bytes.Clone(good)
		test.spoil(b)
		_, err := parseMetadata(b, noSize)
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q in it", test.name, err, test.want)
		}
	}
	for n := range good {
		if _, err := parseMetadata(good[:n], noSize); err == nil && n < len(good)-8 {
			t.Errorf("cut to %d of %d bytes it is accepted", n, len(good))
		}
	}
}

// TestOverlap has many directories begin one entry apart in one long list.
func TestOverlap(t *testing.T) {
	root := &Node{Attributes: AttrDirectory}
	for i := range 1000 {
		root.Children = append(root.Children, &Node{Name: fmt.Sprintf("%04d", i), Attributes: AttrDirectory})
	}
	b := encoded(t, root)
	at := bytes.Index(b, nt.AppendUTF16(nil, "0000")) - dentrySize
	length := int(binary.LittleEndian.Uint64(b[at:]))
	for i := range 999 {
		binary.LittleEndian.PutUint64(b[at+i*length+16:], uint64(at+(i+1)*length))
	}
	if _, err := parseMetadata(b, noSize); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

func TestDepth(t *testing.T) {
	for _, depth := range []int{maxDepth - 1, maxDepth + 10} {
		root := &Node{Attributes: AttrDirectory}
		for range depth {
			root = &Node{Name: "d", Attributes: AttrDirectory, Children: []*Node{root}}
			if child := root.Children[0]; child.Name == "" {
				child.Name = "d"
			}
		}
		_, err := encodeMetadata(root, streamHash)
		if refused := err != nil; refused != (depth > maxDepth) {
			t.Errorf("writing %d levels: %v", depth, err)
		}
		e := &encoder{hashOf: streamHash}
		must(t, e.putSecurity())
		for range depth {
			at := len(e.b)
			must(t, e.put(&Node{Name: "d", Attributes: AttrDirectory}))
			e.end()
			binary.LittleEndian.PutUint64(e.b[at+16:], uint64(len(e.b)))
		}
		e.end()
		_, err = parseMetadata(e.b, noSize)
		if refused := err != nil; refused != (depth > maxDepth) {
			t.Errorf("reading %d levels: %v", depth, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"a", "Ünï", "文件", "🙂", "\xed\xa0\x80", "x\xed\xb0\x80y", "\xed\xb0\x80\xed\xa0\x80"} {
		if got := nt.DecodeUTF16(nt.AppendUTF16(nil, name)); got != name {
			t.Errorf("%q comes back as %q", name, got)
		}
	}
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"File.TXT", "file.txt", true}, {"ÄÖÜ", "äöü", true}, {"ÿ", "Ÿ", true}, {"я", "Я", true},
		{"ı", "I", false}, {"ſ", "S", false}, {"µ", "Μ", false}, {"ß", "SS", false}, {"a", "ab", false},
	} {
		if got := nt.Compare(test.a, test.b) == 0; got != test.same {
			t.Errorf("%q and %q: same = %v", test.a, test.b, got)
		}
	}
}
