package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/durable"
)

func TestWriteFileReplaces(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ein Name ü.txt")
	for _, want := range []string{"old", "new and longer", ""} {
		if err := durable.WriteFile(name, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, name); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	onlyFile(t, name)
}

func TestDiscardLeavesOldFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := durable.WriteFile(name, []byte("old")); err != nil {
		t.Fatal(err)
	}
	f, err := durable.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if !durable.IsTemp(f.Temp()) {
		t.Errorf("%q is not recognised as temporary", f.Temp())
	}
	if _, err := f.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, name); got != "old" {
		t.Errorf("before the commit the file holds %q", got)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a discarded file was committed")
	}
	if got := read(t, name); got != "old" {
		t.Errorf("the discarded file replaced the old one: %q", got)
	}
	onlyFile(t, name)
}

// TestLeftBehind checks that a writer below a root clears up after one that was killed.
func TestLeftBehind(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, s := range []string{"killed while this long text was written", "short"} {
		f, err := durable.CreateIn(root, "f", 0o666)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(s); err != nil {
			t.Fatal(err)
		}
		if s == "short" {
			err = f.Commit()
		} else {
			err = f.File.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, filepath.Join(dir, "f")); got != "short" {
		t.Errorf("got %q", got)
	}
	onlyFile(t, filepath.Join(dir, "f"))
}

func TestCommitOntoFolderFails(t *testing.T) {
	name := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(name, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(name, nil); err == nil {
		t.Error("a folder was replaced by a file")
	}
	onlyFile(t, name)
}

func TestAppend(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	for _, s := range []string{"one\n", "two\n"} {
		if err := durable.Append(name, []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, name); got != "one\ntwo\n" {
		t.Errorf("got %q", got)
	}
}

func TestRename(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a"), filepath.Join(dir, "sub", "b")
	if err := durable.WriteFile(from, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Rename(from, to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a missing folder: %v", err)
	}
	if err := os.Mkdir(filepath.Dir(to), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := durable.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if got := read(t, to); got != "x" {
		t.Errorf("got %q", got)
	}
}

func TestMkdirAll(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b", "c")
	for range 2 {
		if err := durable.MkdirAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Errorf("%v, %v", info, err)
	}
	file := filepath.Join(top, "file")
	if err := durable.WriteFile(file, nil); err != nil {
		t.Fatal(err)
	}
	if err := durable.MkdirAll(filepath.Join(file, "below")); err == nil {
		t.Error("a folder was made below a file")
	}
	if err := durable.MkdirAll(file); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// onlyFile checks that nothing else was left in the file's folder.
func onlyFile(t *testing.T, name string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(name) {
		t.Errorf("folder holds %v", entries)
	}
}

// TestBusy replaces a file that another program has open for a moment, which
// Windows forbids as long as it is.
func TestBusy(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	for _, replace := range []func(string) error{
		func(s string) error { return durable.WriteFile(name, []byte(s)) },
		func(s string) error {
			if err := os.WriteFile(name+"2", []byte(s), 0o666); err != nil {
				return err
			}
			return durable.Rename(name+"2", name)
		},
	} {
		if err := os.WriteFile(name, []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(30*time.Millisecond, func() { f.Close() })
		if err := replace("new"); err != nil {
			t.Fatal(err)
		}
		if got := read(t, name); got != "new" {
			t.Errorf("got %q", got)
		}
	}
}
