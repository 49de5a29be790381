package dismemu_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gildhq/gild/image/dism/dismemu"
	"github.com/gildhq/gild/internal/sample"
)

// TestUntouched reads at a commit only what may have been changed.
func TestUntouched(t *testing.T) {
	b := newBench(t)
	b.mount()
	old := time.Now().Add(-time.Hour)
	readme, ini := filepath.Join(b.dir, "Program Files/Common Files/readme.txt"), filepath.Join(b.dir, "Windows/win.ini")
	for _, name := range []string{readme, ini} {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := dismemu.Remember(b.m, b.dir); err != nil {
		t.Fatal(err)
	}
	text := read(t, readme)
	change := func(name, text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	change(readme, "#"+text[1:len(text)-1]+"!", old)                // as if it had not been
	change(ini, "X"+read(t, ini)[1:], old.Add(time.Nanosecond*100)) // the same size
	b.dism(0, "/Commit-Image", "/MountDir:"+b.dir)
	img := imageOf(t, b.image)
	if data, err := img.ReadFile("Program Files/Common Files/readme.txt"); err != nil || string(data) != text {
		t.Errorf("a file that looks untouched was read: %q, %v", data, err)
	}
	if data, err := img.ReadFile("Windows/win.ini"); err != nil || data[0] != 'X' {
		t.Errorf("a change of the same size is not in the image: %q, %v", data, err)
	}
}

func BenchmarkCommit(b *testing.B) {
	root := b.TempDir()
	file, dir := filepath.Join(root, "a.wim"), filepath.Join(root, "mount")
	if err := sample.Write(b.Context(), file, sample.Options{Files: 4000}); err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		b.Fatal(err)
	}
	m := &dismemu.Machine{State: filepath.Join(root, "state")}
	run := func(args ...string) {
		if code := m.Run(b.Context(), args, discard{}); code != 0 {
			b.Fatalf("%v: %#x", args, code)
		}
	}
	run("/Mount-Image", "/ImageFile:"+file, "/Index:1", "/MountDir:"+dir)
	commit := func(b *testing.B) {
		for b.Loop() {
			run("/Commit-Image", "/MountDir:"+dir)
		}
	}
	if err := os.RemoveAll(filepath.Join(m.State, "mounts")); err != nil {
		b.Fatal(err)
	}
	b.Run("all read", commit)
	time.Sleep(3 * time.Second)
	if err := dismemu.Remember(m, dir); err != nil {
		b.Fatal(err)
	}
	b.Run("untouched", commit)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
