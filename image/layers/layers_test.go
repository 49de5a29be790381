package layers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func stage(t *testing.T, s *Store, content string) Content {
	t.Helper()
	c, err := s.Stage(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if c.Size != int64(len(content)) {
		t.Fatalf("content of %d bytes for %d", c.Size, len(content))
	}
	return c
}

// seal seals a layer with one file per content.
func seal(t *testing.T, s *Store, id, parent string, contents ...string) *Layer {
	t.Helper()
	l := &Layer{ID: id, Parent: parent, Base: "base"}
	for i, c := range contents {
		l.Entries = append(l.Entries, Entry{Path: fmt.Sprintf("file %d", i), Kind: File, Content: stage(t, s, c)})
	}
	if err := s.Seal(l); err != nil {
		t.Fatal(err)
	}
	return l
}

func count(t *testing.T, dir ...string) int {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(dir...))
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestManifest(t *testing.T) {
	meta := Meta{Attributes: 0x21, Created: 1, Written: 1<<63 + 1, Security: []byte{1, 0, 255}}
	want := &Layer{ID: "id", Parent: "parent", Base: "base", Entries: []Entry{
		{Path: "Windows", Kind: Change, Meta: meta},
		{Path: "Windows/gone ü", Remove: true},
		{Path: "Windows/lone \xed\xa0\x80 surrogate", Kind: Dir, Remove: true, Meta: meta},
		{Path: "empty", Kind: File},
		{Path: "file", Kind: File, Content: Content{SHA256: [32]byte{1}, SHA1: [20]byte{2}, Size: 1 << 40}, Meta: meta},
	}}
	data, err := encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for n := range len(data) {
		if _, err := decode(data[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	for n := range data {
		broken := bytes.Clone(data)
		broken[n] ^= 0x20
		if _, err := decode(broken); !errors.Is(err, ErrDamaged) {
			t.Fatalf("changed at %d: %v", n, err)
		}
	}
}

func TestSeal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "store")
	s := open(t, dir)
	c := stage(t, s, "content")
	read := func(s *Store) {
		t.Helper()
		f, err := s.OpenContent(c)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if b, err := io.ReadAll(f); err != nil || string(b) != "content" {
			t.Errorf("%q, %v", b, err)
		}
	}
	read(s)
	if _, err := s.Load("one"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a layer that is not sealed: %v", err)
	}
	want := seal(t, s, "one", "", "content", "", "content", "other")
	stage(t, s, "never sealed")
	read(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if blobs, left := count(t, dir, blobDir), count(t, dir, stagingDir); blobs != 2 || left != 0 {
		t.Errorf("%d contents, %d left over", blobs, left)
	}
	s = open(t, dir)
	got, err := s.Load("one")
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
	if err := s.Verify(got); err != nil {
		t.Error(err)
	}
	read(s)
	for _, id := range []string{"", "a/b", "..", ".hidden", "a b", `a\b`, strings.Repeat("x", 300)} {
		if err := s.Seal(&Layer{ID: id}); err == nil {
			t.Errorf("a layer was named %q", id)
		}
		if _, err := s.Load(id); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("layer %q: %v", id, err)
		}
	}
}

// TestSealFails checks that a layer does not exist if its contents can't be stored.
func TestSealFails(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	seal(t, s, "one", "", "first")
	c := stage(t, s, "second")
	blobs := filepath.Join(dir, blobDir)
	if err := os.Rename(blobs, blobs+".away"); err != nil {
		t.Fatal(err)
	}
	l := &Layer{ID: "two", Parent: "one", Base: "base", Entries: []Entry{{Path: "x", Kind: File, Content: c}}}
	if err := s.Seal(l); err == nil {
		t.Fatal("sealed without a place for contents")
	}
	if err := os.Rename(blobs+".away", blobs); err != nil {
		t.Fatal(err)
	}
	chain := []string{"one", "two"}
	if _, n, _ := s.Find("base", chain); n != 1 {
		t.Errorf("after the failure %d steps are sealed", n)
	}
	if err := s.Seal(l); err != nil {
		t.Fatalf("tried again: %v", err)
	}
	if _, n, skipped := s.Resume("base", chain); n != 2 {
		t.Errorf("after the second try %d steps are sealed, %v", n, skipped)
	}
}

// TestSealHeals checks that content found damaged is replaced when it is sealed again.
func TestSealHeals(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	l := seal(t, s, "one", "", "content")
	if err := os.WriteFile(s.folder.Path(blobPath(l.Entries[0].Content.SHA256)), []byte("CONTENT"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, n, skipped := s.Resume("base", []string{"one"}); n != 0 || len(skipped) != 1 {
		t.Errorf("%d steps, %v", n, skipped)
	}
	seal(t, s, "one", "", "content")
	if _, n, skipped := s.Resume("base", []string{"one"}); n != 1 || len(skipped) != 0 {
		t.Errorf("healed: %d steps, %v", n, skipped)
	}
}

func TestFind(t *testing.T) {
	s := open(t, t.TempDir())
	seal(t, s, "1", "", "a")
	seal(t, s, "3", "1", "b")
	seal(t, s, "4", "3", "c")
	seal(t, s, "x", "elsewhere", "d")
	seal(t, s, "loop", "loop", "e")
	for _, c := range []struct {
		base, chain, stack string
		steps              int
		skipped            bool
	}{
		{"base", "1 2 3 4 5", "1 3 4", 4, false},
		{"base", "1 2 3", "1 3", 3, false},
		{"base", "1 2", "1", 1, false},
		{"base", "2", "", 0, false},
		{"base", "3 4", "", 0, true},    // 1 is not a step of this plan
		{"base", "3 1 4", "1", 2, true}, // another order is another plan
		{"base", "1 x", "1", 1, true},
		{"base", "1 loop", "1", 1, true},
		{"other", "1 2 3 4", "", 0, true},
	} {
		stack, n, skipped := s.Find(c.base, strings.Fields(c.chain))
		var ids []string
		for _, l := range stack {
			ids = append(ids, l.ID)
		}
		if got := strings.Join(ids, " "); got != c.stack || n != c.steps || (len(skipped) > 0) != c.skipped {
			t.Errorf("%s on %s: %q, %d steps, %v", c.chain, c.base, got, n, skipped)
		}
	}
	if stack, n, _ := s.Find("base", nil); stack != nil || n != 0 {
		t.Errorf("empty chain: %v, %d", stack, n)
	}
}

func TestDropSweeps(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	seal(t, s, "1", "", "shared", "one")
	seal(t, s, "2", "1", "shared", "two")
	seal(t, s, "3", "1", "shared", "three!")
	seal(t, s, "lonely", "", "lonely")
	if _, err := Drop(dir, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("dropped under an open session: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, stagingDir, "session-1"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{stagingDir + "/session-1/content-1", layerDir + "/.gild-0123456789abcdef.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(left)), []byte("left over"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	freed, err := Drop(dir, []string{"3", "lonely", "never sealed"})
	if err != nil || freed < int64(len("three!lonelyleft overleft over")) {
		t.Errorf("freed %d, %v", freed, err)
	}
	if l, b, st := count(t, dir, layerDir), count(t, dir, blobDir), count(t, dir, stagingDir); l != 2 || b != 3 || st != 0 {
		t.Errorf("left %d layers, %d contents, %d staged", l, b, st)
	}
	if _, n, skipped := open(t, dir).Resume("base", []string{"1", "2", "3"}); n != 2 {
		t.Errorf("%d steps, %v", n, skipped)
	}
	if freed, err := Drop(filepath.Join(dir, "none"), nil); freed != 0 || err != nil {
		t.Errorf("no store: %d, %v", freed, err)
	}
}

// TestShared checks that sessions that share a store do not remove each other's contents.
func TestShared(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	ca, cb := stage(t, a, "same"), stage(t, b, "same")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := b.OpenContent(cb)
	if err != nil || ca != cb {
		t.Fatal(err)
	}
	f.Close()
	seal(t, b, "b", "", "same")
	c := open(t, dir)
	if c.Discard() != nil {
		t.Error("nothing to discard")
	}
	if f, err = c.OpenContent(ca); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := c.OpenContent(Content{Size: 1}); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// TestCost checks that a layer takes only the room of its changes, and equal content
// none.
func TestCost(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	big := strings.Repeat("x", 1<<20)
	seal(t, s, "1", "", big)
	before := diskSize(dir)
	seal(t, s, "2", "1", big, "small")
	if grown := diskSize(dir) - before; grown > 2000 {
		t.Errorf("grew by %d bytes", grown)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := encode(&Layer{ID: "id", Base: "base", Entries: []Entry{{Path: "a", Kind: File, Content: Content{Size: 1}}, {Path: "b", Remove: true}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Clone(data[len(magic)+65:]))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := decode(withSum(text))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		again, err := encode(l)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(again); err != nil {
			t.Error(err)
		}
	})
}

// diskSize adds up the files below a folder.
func diskSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if info, unknown := d.Info(); err == nil && unknown == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}
