package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/testenv"
	"github.com/gildhq/gild/operation/bundle"
)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// written is a bundle with two files.
func written(t *testing.T) (string, bundle.Index) {
	t.Helper()
	dir := t.TempDir()
	index := bundle.Index{Root: "."}
	for _, name := range []string{"b/ü.txt", "a.gild.hcl"} {
		from := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(from, []byte("content of "+name), 0o666); err != nil {
			t.Fatal(err)
		}
		index.Files = append(index.Files, bundle.File{Name: name, Size: int64(len("content of " + name)), SHA256: sum("content of " + name), From: from})
	}
	file := filepath.Join(dir, "x.gbundle")
	if err := bundle.Write(t.Context(), file, index); err != nil {
		t.Fatal(err)
	}
	return file, index
}

// TestRoundTrip: what is written is there again, also for other programs.
func TestRoundTrip(t *testing.T) {
	file, _ := written(t)
	again, _ := written(t)
	one, _ := os.ReadFile(file)
	if two, _ := os.ReadFile(again); !bytes.Equal(one, two) {
		t.Error("the same files make two bundles")
	}
	b, err := bundle.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	dir := t.TempDir()
	if err := b.Extract(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "b", "ü.txt")); string(text) != "content of b/ü.txt" {
		t.Error(string(text), err)
	}
	testenv.Tool(t, "7z")
	if out, err := exec.Command("7z", "t", file).CombinedOutput(); err != nil || !strings.Contains(string(out), "Everything is Ok") {
		t.Errorf("7z: %v\n%s", err, out)
	}
}

// TestChanged: a file that is changed while it is packed makes no bundle.
func TestChanged(t *testing.T) {
	file, index := written(t)
	if err := os.WriteFile(index.Files[0].From, []byte("other"), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(filepath.Dir(file), "y.gbundle")
	if err := bundle.Write(t.Context(), out, index); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Error(err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("half a bundle is there")
	}
}

// member is one of a bundle that gild did not write.
type member struct {
	name, text string
	method     uint16
}

func forged(t *testing.T, index any, members ...member) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.gbundle")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	text, _ := json.Marshal(index)
	for _, m := range append([]member{{"gild.bundle.json", string(text), zip.Store}}, members...) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: m.method})
		if err == nil {
			_, err = w.Write([]byte(m.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func listed(names ...string) bundle.Index {
	index := bundle.Index{Version: 1, Root: ".", Absent: []bundle.File{}}
	for _, name := range names {
		index.Files = append(index.Files, bundle.File{Name: name, Size: 1, SHA256: sum("x")})
	}
	return index
}

// TestRefused: what is damaged, incomplete or hostile puts nothing anywhere.
func TestRefused(t *testing.T) {
	root := listed("a")
	root.Root = "../x"
	newer := listed("a")
	newer.Version = 2
	for name, tt := range map[string]struct{ file, want string }{
		"missing":    {forged(t, listed("a", "b"), member{"a", "x", zip.Store}), "incomplete: it lacks b (sha256:" + sum("x")},
		"added":      {forged(t, listed("a"), member{"a", "x", zip.Store}, member{"b", "x", zip.Store}), "not in its list"},
		"twice":      {forged(t, listed("a"), member{"a", "x", zip.Store}, member{"a", "x", zip.Store}), "twice"},
		"up":         {forged(t, listed("../a"), member{"../a", "x", zip.Store}), "leads out"},
		"absolute":   {forged(t, listed("/a"), member{"/a", "x", zip.Store}), "leads out"},
		"drive":      {forged(t, listed("C:/a"), member{"C:/a", "x", zip.Store}), "leads out"},
		"backslash":  {forged(t, listed(`..\a`), member{`..\a`, "x", zip.Store}), "leads out"},
		"device":     {forged(t, listed("nul.txt"), member{"nul.txt", "x", zip.Store}), "not every system"},
		"root":       {forged(t, root, member{"a", "x", zip.Store}), "leads out"},
		"compressed": {forged(t, listed("a"), member{"a", strings.Repeat("x", 1<<20), zip.Deflate}), "not what its list says"},
		"longer":     {forged(t, listed("a"), member{"a", "xx", zip.Store}), "not what its list says"},
		"newer":      {forged(t, newer, member{"a", "x", zip.Store}), "version 2"},
		"no list":    {forged(t, "x", member{"a", "x", zip.Store}), "list can't be read"},
	} {
		b, err := bundle.Open(tt.file)
		if err == nil {
			b.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	b, err := bundle.Open(forged(t, listed("a"), member{"a", "y", zip.Store}))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Extract(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "damaged: it is not sha256:"+sum("x")) {
		t.Errorf("another content: %v", err)
	}
}

// FuzzOpen: whatever a file is, it is a bundle or an error, and nothing is put outside of
// the folder.
func FuzzOpen(f *testing.F) {
	for _, index := range []bundle.Index{listed("a"), listed("a/b", "../c")} {
		var text bytes.Buffer
		z := zip.NewWriter(&text)
		list, _ := json.Marshal(index)
		w, _ := z.Create("gild.bundle.json")
		fmt.Fprintf(w, "%s", list)
		for _, one := range index.Files {
			w, _ := z.CreateHeader(&zip.FileHeader{Name: one.Name})
			fmt.Fprint(w, "x")
		}
		z.Close()
		f.Add(text.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		file := filepath.Join(dir, "x")
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
		b, err := bundle.Open(file)
		if err != nil {
			return
		}
		defer b.Close()
		into := filepath.Join(dir, "into")
		if err := os.Mkdir(into, 0o777); err != nil {
			t.Fatal(err)
		}
		_ = b.Extract(t.Context(), into)
		if found, _ := os.ReadDir(dir); len(found) != 2 {
			t.Errorf("%v", found)
		}
	})
}
