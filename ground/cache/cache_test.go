package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func open(t *testing.T, dir string, limit int64) *Cache {
	t.Helper()
	c, err := Open(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closeCache(t *testing.T, c *Cache) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func stage(t *testing.T, c *Cache, name string) Copy {
	t.Helper()
	got, err := c.Stage(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	found, err := os.ReadDir(filepath.Join(dir, entriesDir))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestFile(t *testing.T) {
	share, dir := t.TempDir(), filepath.Join(t.TempDir(), "cache dir")
	original := filepath.Join(share, "größe 1.msu")
	write(t, original, "abc")
	c := open(t, dir, 1000)
	got := stage(t, c, original)
	// The digests of "abc": FIPS 180-2, appendices A.1 and B.1.
	if f := got.Files[0]; len(got.Files) != 1 || f.SHA256 != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" ||
		f.SHA1 != "a9993e364706816aba3e25717850c26c9cd0d89d" || f.Size != 3 || f.Name != "größe 1.msu" {
		t.Errorf("%+v", got)
	}
	if filepath.Base(got.Path) != "größe 1.msu" || read(t, got.Path) != "abc" || !strings.HasPrefix(got.Path, dir) {
		t.Errorf("copy at %s", got.Path)
	}
	closeCache(t, c)

	// The next run takes what is there: the copy is the same file, not a new one.
	before, err := os.Stat(got.Path)
	if err != nil {
		t.Fatal(err)
	}
	c = open(t, dir, 1000)
	if again := stage(t, c, original); again.Path != got.Path || again.Files[0].SHA256 != got.Files[0].SHA256 {
		t.Errorf("again: %+v", again)
	}
	if after, err := os.Stat(got.Path); err != nil || !os.SameFile(before, after) {
		t.Errorf("it was copied again: %v", err)
	}

	// What was changed is another content.
	write(t, original, "abcd")
	if changed := stage(t, c, original); changed.Path == got.Path || read(t, changed.Path) != "abcd" || read(t, got.Path) != "abc" {
		t.Errorf("changed: %+v", changed)
	}
	closeCache(t, c)
	for _, name := range []string{runsDir, partialDir} {
		if left, err := os.ReadDir(filepath.Join(dir, name)); err != nil || len(left) > 0 {
			t.Errorf("%s holds %v, %v", name, left, err)
		}
	}
}

func TestDamagedCopy(t *testing.T) {
	share, dir := t.TempDir(), t.TempDir()
	original := filepath.Join(share, "a.msu")
	write(t, original, "abc")
	for name, damage := range map[string]func(copy string) error{
		"other bytes": func(copy string) error { return os.WriteFile(copy, []byte("abX"), 0o666) },
		"cut":         func(copy string) error { return os.Truncate(copy, 1) },
		"gone":        os.Remove,
		"more": func(copy string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(copy), "..", manifestFile), nil, 0o666)
		},
	} {
		c := open(t, dir, 1000)
		got := stage(t, c, original)
		if err := damage(got.Path); err != nil {
			t.Fatal(err)
		}
		if again := stage(t, c, original); read(t, again.Path) != "abc" {
			t.Errorf("%s: in the same run: %q", name, read(t, again.Path))
		}
		if err := damage(got.Path); err != nil {
			t.Fatal(err)
		}
		closeCache(t, c)
		c = open(t, dir, 1000)
		if again := stage(t, c, original); read(t, again.Path) != "abc" {
			t.Errorf("%s: in the next run: %q", name, read(t, again.Path))
		}
		closeCache(t, c)
	}
}

func TestFolder(t *testing.T) {
	share := t.TempDir()
	root := filepath.Join(share, "drivers")
	write(t, filepath.Join(root, "nic", "nic.inf"), "inf")
	write(t, filepath.Join(root, "nic", "x64", "nic.sys"), "sys")
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nic/nic.inf", filepath.Join(root, "link")); err != nil {
		t.Skip("no symbolic links can be made here: ", err)
	}
	c := open(t, t.TempDir(), 1000)
	defer closeCache(t, c)
	got := stage(t, c, root)
	if read(t, filepath.Join(got.Path, "nic", "x64", "nic.sys")) != "sys" || read(t, filepath.Join(got.Path, "link")) != "inf" {
		t.Errorf("%+v", got)
	}
	if info, err := os.Stat(filepath.Join(got.Path, "empty")); err != nil || !info.IsDir() {
		t.Errorf("empty folder: %v", err)
	}
	if err := os.Remove(filepath.Join(got.Path, "empty")); err != nil {
		t.Fatal(err)
	}
	if again := stage(t, c, root); again.SHA256 != got.SHA256 {
		t.Errorf("%+v", again)
	}
	if _, err := os.Stat(filepath.Join(got.Path, "empty")); err != nil {
		t.Errorf("a copy that lacks a folder was used again: %v", err)
	}
}

func TestBound(t *testing.T) {
	share, dir := t.TempDir(), t.TempDir()
	names := []string{"a", "b", "c", "d"}
	for _, name := range names {
		write(t, filepath.Join(share, name), strings.Repeat(name, 40))
	}
	at := func(name string) string { return filepath.Join(share, name) }
	c := open(t, dir, 100)
	a := stage(t, c, at("a"))
	stage(t, c, at("b"))
	if _, err := c.Stage(t.Context(), at("c")); !errors.Is(err, ErrFull) {
		t.Errorf("above the limit, with all in use: %v", err)
	}
	closeCache(t, c)
	time.Sleep(10 * time.Millisecond)

	other := open(t, dir, 100) // keeps a, which is used last
	if got := stage(t, other, at("a")); got.Path != a.Path {
		t.Errorf("%+v", got)
	}
	c = open(t, dir, 100)
	stage(t, c, at("c")) // in place of b
	if entries(t, dir) != 2 || read(t, a.Path) != strings.Repeat("a", 40) {
		t.Errorf("%d entries", entries(t, dir))
	}
	if _, err := c.Stage(t.Context(), at("d")); !errors.Is(err, ErrFull) {
		t.Errorf("with one in use by another run: %v", err)
	}
	// A run that was killed keeps nothing.
	if err := other.alive.Unlock(); err != nil {
		t.Fatal(err)
	}
	stage(t, c, at("d"))
	if _, err := os.Stat(a.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a killed run kept is still there: %v", err)
	}
	closeCache(t, c)
	if origins, err := os.ReadDir(filepath.Join(dir, originsDir)); err != nil || len(origins) != 2 {
		t.Errorf("%d origins, %v", len(origins), err)
	}
}

func TestTwoRuns(t *testing.T) {
	share, dir := t.TempDir(), t.TempDir()
	var names []string
	for i := range 8 {
		name := filepath.Join(share, "p"+string(rune('0'+i)))
		write(t, name, strings.Repeat("x", i+1))
		names = append(names, name)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c, err := Open(dir, 1<<20)
			if err != nil {
				t.Error(err)
				return
			}
			for i, name := range names {
				got, err := c.Stage(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				if data, err := os.ReadFile(got.Path); err != nil || len(data) != i+1 {
					t.Errorf("%s: %d bytes, %v", name, len(data), err)
				}
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if entries(t, dir) != len(names) {
		t.Errorf("%d entries", entries(t, dir))
	}
}

func TestRefused(t *testing.T) {
	c := open(t, t.TempDir(), 1000)
	defer closeCache(t, c)
	dir := t.TempDir()
	if _, err := c.Stage(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	write(t, filepath.Join(dir, "f"), "abc")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Stage(ctx, filepath.Join(dir, "f")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	write(t, filepath.Join(dir, "big"), strings.Repeat("x", 1001))
	if _, err := c.Stage(t.Context(), filepath.Join(dir, "big")); !errors.Is(err, ErrFull) {
		t.Errorf("larger than the cache: %v", err)
	}
	if left, err := os.ReadDir(c.path(partialDir)); err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}
