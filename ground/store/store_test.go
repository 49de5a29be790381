package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gildhq/gild/ground/store"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Skip("this system makes no links:", err)
	}
}

func TestMake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "store")
	if _, err := store.Open(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	f, err := store.Make(dir, "runs", "1")
	must(t, err)
	defer f.Close()
	must(t, f.Write("note", []byte("text")))
	log, err := f.Append("log")
	must(t, err)
	must(t, log.Close())
	if data, err := f.Read("note", 4); err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
	if runtime.GOOS == "windows" {
		return // access is inherited there
	}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		must(t, err)
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		return nil
	}))
}

// TestOlder: what an older gild has left open to others is closed.
func TestOlder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "runs"), 0o755))
	must(t, os.Chmod(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "runs", "log"), nil, 0o644))
	f, err := store.Open(dir, "runs")
	must(t, err)
	defer f.Close()
	log, err := f.Append("log")
	must(t, err)
	must(t, log.Close())
	for _, name := range []string{dir, filepath.Join(dir, "runs"), filepath.Join(dir, "runs", "log")} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestLinks(t *testing.T) {
	home := t.TempDir()
	must(t, os.WriteFile(filepath.Join(home, "note"), []byte("x"), 0o666))
	dir := filepath.Join(t.TempDir(), "store")
	f, err := store.Make(dir, "runs")
	must(t, err)
	defer f.Close()
	must(t, store.Links(dir))
	link(t, home, filepath.Join(dir, "layers"))
	link(t, "runs", filepath.Join(dir, "blobs")) // within the store: no less a link
	link(t, filepath.Join(home, "note"), filepath.Join(dir, "runs", "log"))
	link(t, filepath.Join(home, "new"), filepath.Join(dir, "runs", "dangling"))
	for _, name := range []string{"layers", "blobs"} {
		for what, err := range map[string]error{
			"open": func() error { _, err := store.Open(dir, name); return err }(),
			"make": func() error { _, err := store.Make(dir, name); return err }(),
			"all":  store.Links(dir),
		} {
			if !errors.Is(err, store.ErrLink) || !strings.Contains(err.Error(), filepath.Join(dir, name)) {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
	for _, name := range []string{"log", "dangling"} {
		if _, err := f.Append(name); !errors.Is(err, store.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := f.Read(name, 100); !errors.Is(err, store.ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(home, "new")); err == nil {
		t.Error("a file was made through a link")
	}
	link(t, dir, dir+" too")
	if err := store.Links(dir + " too"); !errors.Is(err, store.ErrLink) {
		t.Error("the store is a link itself:", err)
	}
}

func TestClear(t *testing.T) {
	dir := t.TempDir()
	own := &store.Names{Files: store.Only(`\d+`), Folders: store.Only(`d\d`), In: &store.Names{Files: store.Only("x")}}
	for _, name := range []string{"12", "12a", "34", "d1/x", "d2/x", "d2/y", "d3/d4/x", "e/x"} {
		path := filepath.Join(dir, "sub", filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o777))
		must(t, os.WriteFile(path, []byte("123"), 0o666))
	}
	f, err := store.Open(dir)
	must(t, err)
	defer f.Close()
	freed, err := f.Clear("sub", own, func(name string) bool { return name == "34" })
	if err != nil || freed != 9 {
		t.Errorf("freed %d, %v", freed, err)
	}
	var left []string
	must(t, fs.WalkDir(f.FS(), "sub", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			left = append(left, strings.TrimPrefix(name, "sub/"))
		}
		return err
	}))
	if got := strings.Join(left, " "); got != "12a 34 d2/y d3/d4/x e/x" {
		t.Error("left are", got)
	}
}
