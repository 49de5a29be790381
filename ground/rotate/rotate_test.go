package rotate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gildhq/gild/ground/rotate"
)

func open(t *testing.T, path string, opts rotate.Options) *rotate.Writer {
	t.Helper()
	w, err := rotate.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func say(w *rotate.Writer, lines ...string) {
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}

// contents returns what the files of a folder hold, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = string(data)
	}
	return all
}

func TestRotate(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts rotate.Options
		want map[string]string
	}{
		{"no limit", rotate.Options{}, map[string]string{"a b.log": "one\ntwo\nthree\nfour\nmuch longer than all\nsix\n"}},
		{"two", rotate.Options{MaxSize: 9, Keep: 2}, map[string]string{
			"a b.log": "six\n", "a b.log.bak": "much longer than all\n", "a b.log.1.bak": "four\n",
		}},
		{"one", rotate.Options{MaxSize: 9, Keep: 1}, map[string]string{"a b.log": "six\n", "a b.log.bak": "much longer than all\n"}},
		{"many", rotate.Options{MaxSize: 9, Keep: 9}, map[string]string{
			"a b.log": "six\n", "a b.log.bak": "much longer than all\n", "a b.log.1.bak": "four\n", "a b.log.2.bak": "three\n", "a b.log.3.bak": "one\ntwo\n",
		}},
		{"none", rotate.Options{MaxSize: 9}, map[string]string{"a b.log": "six\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a b.log")
			w := open(t, path, tt.opts)
			say(w, "one", "two", "three")
			w.Close()
			say(open(t, path, tt.opts), "four", "much longer than all", "six")
			if diff := cmp.Diff(tt.want, contents(t, dir)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for n, want := range map[int]string{1: "x.log.bak", 2: "x.log.1.bak", 3: "x.log.2.bak"} {
		if got := rotate.Name("x.log", n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// Two writers of one log: no line is lost as long as the predecessors are kept, and
// none is torn.
func TestTwoWriters(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that another has open can't be renamed on Windows: the log grows instead")
	}
	dir := t.TempDir()
	opts := rotate.Options{MaxSize: 2000, Keep: 1000}
	a, b := open(t, filepath.Join(dir, "log"), opts), open(t, filepath.Join(dir, "log"), opts)
	for i := range 400 {
		say(a, fmt.Sprintf("a %03d %s", i, strings.Repeat("x", 30)))
		say(b, fmt.Sprintf("b %03d %s", i, strings.Repeat("y", 30)))
	}
	got := map[string]int{}
	for name, text := range contents(t, dir) {
		if len(text) > 4000 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		for line := range strings.Lines(text) {
			if len(line) != 37 {
				t.Errorf("torn: %q", line)
			}
			got[line]++
		}
	}
	if len(got) != 800 {
		t.Errorf("%d lines of 800", len(got))
	}
}

func TestGoroutines(t *testing.T) {
	dir := t.TempDir()
	w := open(t, filepath.Join(dir, "log"), rotate.Options{MaxSize: 500, Keep: 1000})
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() { say(w, strings.Repeat("line\n", 20)) })
	}
	g.Wait()
	lines := 0
	for _, text := range contents(t, dir) {
		lines += strings.Count(text, "line\n")
	}
	if lines != 160 {
		t.Errorf("%d lines of 160", lines)
	}
}

// A log that can't be written is reported once, and is no error.
func TestFailsOnce(t *testing.T) {
	full := "/dev/full"
	if _, err := os.Stat(full); err != nil || runtime.GOOS == "windows" { // Wine shows it, and has no links to it
		t.Skip("no device that is always full here")
	}
	path := filepath.Join(t.TempDir(), "log")
	if err := os.Symlink(full, path); err != nil {
		t.Fatal(err)
	}
	var told []error
	w := open(t, path, rotate.Options{MaxSize: 10, Keep: 1, Failed: func(err error) { told = append(told, err) }})
	for range 5 {
		if n, err := w.Write([]byte("a line that is lost\n")); n != 20 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if len(told) != 1 || !strings.Contains(told[0].Error(), "no space left") {
		t.Errorf("told: %v", told)
	}
}

// What can't be rotated goes on growing, and nothing of it is lost.
func TestCantPutAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	if err := os.MkdirAll(filepath.Join(path+".bak", "in the way"), 0o777); err != nil {
		t.Fatal(err)
	}
	var told []error
	w := open(t, path, rotate.Options{MaxSize: 8, Keep: 1, Failed: func(err error) { told = append(told, err) }})
	say(w, "one", "two", "three", "four", "five")
	if data, err := os.ReadFile(path); err != nil || string(data) != "one\ntwo\nthree\nfour\nfive\n" {
		t.Errorf("%q, %v", data, err)
	}
	if len(told) != 1 {
		t.Errorf("told: %v", told)
	}
}

func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "no", "where"), dir} {
		if _, err := rotate.Open(path, rotate.Options{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
