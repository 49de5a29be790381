package layers

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	dir := t.TempDir()
	if list, err := List(filepath.Join(dir, "none")); list != nil || err != nil {
		t.Errorf("no store: %v, %v", list, err)
	}
	s := open(t, dir)
	seal(t, s, "1", "", "a")
	seal(t, s, "2", "1", "b")
	if err := os.WriteFile(s.folder.Path(layerPath("bad")), []byte("bad"), 0o666); err != nil {
		t.Fatal(err)
	}
	list, err := List(dir)
	if err != nil || len(list) != 3 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, k := range list {
		if (k.Err != nil) != (k.ID == "bad") || k.Manifest == 0 {
			t.Errorf("%+v", k)
		}
	}
	if list[1].Layer.Parent != "1" {
		t.Errorf("2 builds on %q", list[1].Layer.Parent)
	}
}

// The order of uses stays right whatever the clock does.
func TestUse(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, id := range []string{"1", "2", "3"} {
		seal(t, s, id, "", id)
	}
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(s.folder.Path(layerPath("3")), future, future); err != nil {
		t.Fatal(err)
	}
	used := func(id string) time.Time {
		info, err := os.Stat(s.folder.Path(layerPath(id)))
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime()
	}
	if _, n, _ := s.Resume("base", []string{"1"}); n != 1 || !used("1").After(used("3")) {
		t.Error("1 was used last, and does not look so")
	}
	seal(t, s, "4", "", "4")
	if !used("4").After(used("1")) {
		t.Error("4 was sealed last, and does not look so")
	}
	before := used("2")
	v, err := View(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, n, _ := v.Find("base", []string{"2"}); n != 1 || !used("2").Equal(before) {
		t.Error("finding a layer uses it")
	}
}

func TestDrop(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	seal(t, s, "1", "", "shared", "one")
	seal(t, s, "2", "1", "shared", "two")
	seal(t, s, "3", "2", "three")
	seal(t, s, "4", "1", "shared", "four")
	seal(t, s, "loop", "loop", "loop")
	if _, err := Drop(dir, nil); err == nil {
		t.Error("dropped under an open session")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if freed, err := Drop(dir, []string{"2", "loop", "unknown"}); err != nil || freed < int64(len("twothreeloop")) {
		t.Errorf("freed %d, %v", freed, err)
	}
	if l, b := count(t, dir, layerDir), count(t, dir, blobDir); l != 2 || b != 3 {
		t.Errorf("left %d layers, %d contents", l, b)
	}
	if _, n, _ := open(t, dir).Resume("base", []string{"1", "4"}); n != 2 {
		t.Errorf("%d steps", n)
	}
}
