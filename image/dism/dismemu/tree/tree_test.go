package tree_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gildhq/gild/formats/wim"
	"github.com/gildhq/gild/image/dism/dismemu/tree"
	"github.com/gildhq/gild/internal/sample"
)

// extracted extracts a sample image.
func extracted(t *testing.T) (img *wim.Image, dir string) {
	t.Helper()
	name, dir := filepath.Join(t.TempDir(), "a.wim"), t.TempDir()
	if err := sample.Write(t.Context(), name, sample.Options{}); err != nil {
		t.Fatal(err)
	}
	f, err := wim.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if img, err = f.Image(1); err != nil {
		t.Fatal(err)
	}
	half := 0
	if err := tree.Extract(t.Context(), img, dir, func() error { half++; return nil }); err != nil || half != 1 {
		t.Fatalf("half of it was done %d times, %v", half, err)
	}
	return img, dir
}

// state is what can be seen of a tree.
func state(root *wim.Node) map[string]wim.Hash {
	all := map[string]wim.Hash{}
	for name, n := range root.All() {
		all[name] = n.Hash()
	}
	return all
}

func TestMerge(t *testing.T) {
	img, dir := extracted(t)
	before := state(img.Root)
	if err := tree.Merge(t.Context(), img.Root, dir, nil); err != nil {
		t.Fatal(err)
	}
	after := state(img.Root)
	for name, hash := range before {
		if now, ok := after[name]; !ok || now != hash {
			t.Errorf("%s was not touched and is another one", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d names, were %d", len(after), len(before))
	}
	for _, err := range []error{
		os.Remove(filepath.Join(dir, "Windows/win.ini")),
		os.MkdirAll(filepath.Join(dir, "New/Folder"), 0o777),
		os.WriteFile(filepath.Join(dir, "New/Folder/a.txt"), []byte("new"), 0o666),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Merge(t.Context(), img.Root, dir, nil); err != nil {
		t.Fatal(err)
	}
	if n := img.Root.Child("Windows").Child("win.ini"); n != nil {
		t.Error("a file that was removed is there")
	}
	n := img.Root.Child("New").Child("Folder").Child("a.txt")
	if n == nil || n.Streams[0].Content == nil || n.Streams[0].Content.Size != 3 {
		t.Errorf("a new file is %+v", n)
	}
}

func TestStamps(t *testing.T) {
	_, dir := extracted(t)
	if x, err := tree.Stamp(dir); err != nil || len(x) != 0 {
		t.Errorf("%d files that are young count as known, %v", len(x), err)
	}
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error { return errors.Join(err, os.Chtimes(path, old, old)) })
	if err != nil {
		t.Fatal(err)
	}
	x, err := tree.Stamp(dir)
	if err != nil || len(x) < 50 {
		t.Fatalf("%d files, %v", len(x), err)
	}
	name := filepath.Join(t.TempDir(), "stamps")
	if err := x.Save(name); err != nil {
		t.Fatal(err)
	}
	if got := tree.Load(name); len(got) != len(x) {
		t.Errorf("%d of %d files are known again", len(got), len(x))
	}
	for _, damage := range []string{"", "x"} {
		if err := os.WriteFile(name, []byte(damage), 0o666); err != nil {
			t.Fatal(err)
		}
		if got := tree.Load(name); len(got) != 0 {
			t.Errorf("%q: %d files", damage, len(got))
		}
	}
}
