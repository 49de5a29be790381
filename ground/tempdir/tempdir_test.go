package tempdir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/tempdir"
)

const prefix = "gild-test-"

func there(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func temp(t *testing.T) string {
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return dir
}

func folder(t *testing.T) *tempdir.Dir {
	t.Helper()
	d, err := tempdir.New(prefix)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"logs", "store"} {
		if err := os.MkdirAll(filepath.Join(d.Path(), name, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// TestSweep: folders of runs that are over are removed, and nothing else is.
func TestSweep(t *testing.T) {
	parent := temp(t)
	over, running, read, refused := folder(t), folder(t), folder(t), folder(t)
	if err := errors.Join(over.Abandon(), refused.Abandon(), read.Remove("logs")); err != nil {
		t.Fatal(err)
	}
	keep := []string{"gild-test-", "gild-test-x", "gild-test-1x", "other-1", "gild-test-77", "gild-test-78"}
	for _, name := range keep {
		if err := os.Mkdir(filepath.Join(parent, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if name == "gild-test-77" {
			continue // it is being made
		}
		if err := os.WriteFile(filepath.Join(parent, name, "file"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := filepath.Join(parent, "gild-test-79")
	if err := os.Mkdir(old, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	var released []string
	no := errors.New("it is in use")
	err := tempdir.Sweep(prefix, func(path string) error {
		released = append(released, path)
		if path == refused.Path() {
			return no
		}
		return nil
	})
	if !errors.Is(err, no) {
		t.Error(err)
	}
	want := []string{over.Path(), refused.Path()}
	slices.Sort(want)
	if !slices.Equal(released, want) {
		t.Errorf("released %q, want %q", released, want)
	}
	for _, path := range []string{over.Path(), old} {
		if there(t, path) {
			t.Errorf("%s is still there", path)
		}
	}
	for _, path := range []string{running.Path(), filepath.Join(running.Path(), "store", "x"), refused.Path(), filepath.Join(read.Path(), "logs", "x")} {
		if !there(t, path) {
			t.Errorf("%s was removed", path)
		}
	}
	for _, name := range keep {
		if !there(t, filepath.Join(parent, name)) {
			t.Errorf("%s was removed", name)
		}
	}
	if there(t, filepath.Join(read.Path(), "store")) {
		t.Error("more than the logs was kept")
	}
	if err := running.Remove("none"); err != nil || there(t, running.Path()) {
		t.Errorf("not removed: %v", err)
	}
}

// TestSweepFollowsNoLinks: neither a link with the name of a folder, nor what a link in
// one leads to, is touched.
func TestSweepFollowsNoLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("makes symbolic links, which takes privileges on Windows")
	}
	outside := t.TempDir()
	parent := temp(t)
	over := folder(t)
	elsewhere := filepath.Join(outside, "dir")
	if err := errors.Join(over.Abandon(), os.Mkdir(elsewhere, 0o700),
		os.WriteFile(filepath.Join(elsewhere, "gild-run.lock"), nil, 0o600),
		os.Symlink(elsewhere, filepath.Join(over.Path(), "link")),
		os.Symlink(elsewhere, filepath.Join(parent, prefix+"1")),
		os.Mkdir(filepath.Join(parent, prefix+"2"), 0o700),
		os.Symlink(filepath.Join(elsewhere, "gild-run.lock"), filepath.Join(parent, prefix+"2", "gild-run.lock")),
		tempdir.Sweep(prefix, nil)); err != nil {
		t.Fatal(err)
	}
	if there(t, over.Path()) {
		t.Error("the folder is still there")
	}
	for _, path := range []string{filepath.Join(elsewhere, "gild-run.lock"), filepath.Join(parent, prefix+"1"), filepath.Join(parent, prefix+"2")} {
		if !there(t, path) {
			t.Errorf("%s was removed", path)
		}
	}
}
