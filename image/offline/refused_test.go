package offline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
)

// refusal is an image in a folder on a system that refuses to replace files, as Windows
// may.
type refusal struct {
	*testing.T
	file string
	*dir
	log bytes.Buffer
}

const refusedName = "Windows/System32/notepad.txt"

func newRefusal(t *testing.T) *refusal {
	t.Helper()
	r := &refusal{T: t}
	path := t.TempDir()
	imagetest.WriteTree(t, path)
	r.file = filepath.Join(path, filepath.FromSlash(refusedName))
	r.check(os.WriteFile(r.file, []byte("the old content"), 0o640))
	r.reopen(path, true)
	return r
}

func (r *refusal) check(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// reopen opens the image, for reading or for writing.
func (r *refusal) reopen(path string, write bool) {
	r.Helper()
	s, err := Backend{}.Open(r.Context(), image.Ref{Path: path}, image.OpenOptions{Write: write, Clock: imagetest.Clock(),
		Log: hclog.New(&hclog.LoggerOptions{Output: &r.log})})
	r.check(err)
	r.Cleanup(func() { s.Close() })
	r.dir = s.(*folder).dir
}

// refuse makes the system refuse to replace a file the given number of times, and to move a file
// always or never.
func (r *refusal) refuse(times int, moves bool) {
	r.Cleanup(func() { commit, rename = (*durable.File).Commit, (*os.Root).Rename })
	commit = func(f *durable.File) error {
		if times--; times >= 0 {
			return fmt.Errorf("%w: %w", durable.ErrRefused, fs.ErrPermission)
		}
		return f.Commit()
	}
	rename = func(root *os.Root, from, to string) error {
		if !moves {
			return fs.ErrPermission
		}
		return root.Rename(from, to)
	}
}

func (r *refusal) write(text string) error {
	return r.dir.WriteFile(refusedName, strings.NewReader(text), image.Meta{})
}

// holds checks the file's content in the image, and the number of temporary files left.
func (r *refusal) holds(want string, left int) {
	r.Helper()
	if got, err := fs.ReadFile(r.dir, refusedName); err != nil || string(got) != want {
		r.Errorf("it holds %q, %v; want %q", got, err, want)
	}
	var temps []string
	r.check(filepath.WalkDir(r.dir.root.Name(), func(path string, e fs.DirEntry, err error) error {
		if durable.IsTemp(e.Name()) {
			temps = append(temps, path)
		}
		return err
	}))
	if len(temps) != left {
		r.Errorf("left are %q, want %d", temps, left)
	}
}

// TestMovedAside replaces a file after moving it aside; its other name keeps the old
// content.
func TestMovedAside(t *testing.T) {
	r := newRefusal(t)
	other := r.file + " in the component store"
	r.check(os.Link(r.file, other))
	r.refuse(1, true)
	r.check(r.write("new"))
	r.holds("new", 0)
	if got, err := os.ReadFile(other); err != nil || string(got) != "the old content" {
		t.Errorf("%q, %v", got, err)
	}
	if !strings.Contains(r.log.String(), "aside") || !strings.Contains(r.log.String(), refusedName) {
		t.Errorf("the log does not mention it:\n%s", &r.log)
	}

	r.refuse(1<<20, true) // the new file can't get the free name either
	if err := r.write("newer"); !errors.Is(err, durable.ErrRefused) {
		t.Error(err)
	}
	r.holds("new", 0)
}

// TestWrittenInPlace writes into a file that can't be moved either: it stays the same
// file.
func TestWrittenInPlace(t *testing.T) {
	for _, mode := range []fs.FileMode{0o640, 0o440} {
		r := newRefusal(t)
		r.check(os.Chmod(r.file, mode))
		before, err := os.Stat(r.file)
		r.check(err)
		r.refuse(1<<20, false)
		for _, text := range []string{"longer than the old content", "short", ""} {
			r.check(r.write(text))
			r.holds(text, 0)
		}
		after, err := os.Stat(r.file)
		r.check(err)
		if !os.SameFile(before, after) || after.Mode() != before.Mode() || !after.ModTime().Equal(imagetest.Clock()) {
			t.Errorf("%v %v, was %v", after.Mode(), after.ModTime(), before.Mode())
		}
		if !strings.Contains(r.log.String(), "in place") {
			t.Errorf("the log does not mention it:\n%s", &r.log)
		}
	}

	r := newRefusal(t)
	r.check(os.Link(r.file, r.file+" in the component store"))
	r.refuse(1<<20, false)
	if err := r.write("new"); err == nil || !strings.Contains(err.Error(), "hard links") || !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	r.holds("the old content", 0)
}

// TestCutInPlace cuts off a run while the file is neither the old one nor the new one:
// readers find the old content, and the next session that writes puts it back.
func TestCutInPlace(t *testing.T) {
	for name, cut := range map[string]func(r *refusal, n note){
		"half of it is written": func(r *refusal, n note) {
			r.check(errors.Join(r.begin(n), r.keepCopy(n), os.WriteFile(r.file, []byte("new co"), 0o640)))
		},
		"nothing is kept yet": func(r *refusal, n note) { r.check(r.begin(n)) },
		"it is kept":          func(r *refusal, n note) { r.check(errors.Join(r.begin(n), r.keepCopy(n))) },
		"it is moved aside": func(r *refusal, n note) {
			n.Moved = true
			r.check(errors.Join(r.begin(n), r.root.Rename(n.Name, n.Kept)))
		},
		"it is to be moved aside": func(r *refusal, n note) {
			n.Moved = true
			r.check(r.begin(n))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRefusal(t)
			cut(r, note{Name: refusedName, Kept: keptAs(refusedName)})
			path := r.root.Name()
			r.reopen(path, false)
			if got, err := fs.ReadFile(r.dir, "windows/SYSTEM32/Notepad.txt"); err != nil || string(got) != "the old content" {
				t.Errorf("readers find %q, %v", got, err)
			}
			if info, err := r.dir.Stat(refusedName); err != nil || info.Name() != "notepad.txt" || info.Size() != int64(len("the old content")) {
				t.Error(info, err)
			}
			r.reopen(path, true)
			r.holds("the old content", 0)
			r.check(r.write("new"))
			r.holds("new", 0)
		})
	}

	// The new file has its name already: only the old one remains to be removed.
	r := newRefusal(t)
	n := note{Name: refusedName, Kept: keptAs(refusedName), Moved: true}
	r.check(errors.Join(r.begin(n), r.root.Rename(n.Name, n.Kept), r.write("new")))
	r.holds("new", 2)
	r.reopen(r.root.Name(), true)
	r.holds("new", 0)
}

// TestForgedNotes puts notes into an image that gild has not written.
func TestForgedNotes(t *testing.T) {
	n := note{Name: refusedName, Kept: keptAs(refusedName)}
	for _, forged := range []string{
		"", "{", `{"name":"../x","kept":"../y"}`,
		`{"name":"` + refusedName + `","kept":"Windows/System32/config/SYSTEM","moved":true}`,
		`{"name":"Windows/System32/config/SYSTEM","kept":"` + keptAs("Windows/System32/config/SYSTEM") + `"}`,
	} {
		r := newRefusal(t)
		r.check(os.WriteFile(filepath.Join(r.root.Name(), n.file()), []byte(forged), 0o600))
		for _, write := range []bool{false, true} {
			_, err := Backend{}.Open(t.Context(), image.Ref{Path: r.root.Name()}, image.OpenOptions{Write: write, Clock: imagetest.Clock()})
			if err == nil || !strings.Contains(err.Error(), n.file()) {
				t.Errorf("%q: %v", forged, err)
			}
		}
		if !slices.Equal(mustRead(t, r.file), []byte("the old content")) {
			t.Errorf("%q: the file was changed", forged)
		}
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestNotPutBack fails to replace a file and to put it back: the error says where the content
// is, and the next session puts it back.
func TestNotPutBack(t *testing.T) {
	r := newRefusal(t)
	r.refuse(1<<20, true)
	moves := 0
	rename = func(root *os.Root, from, to string) error {
		if moves++; moves > 1 {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrPermission}
		}
		return root.Rename(from, to)
	}
	err := r.write("new")
	if err == nil || !strings.Contains(err.Error(), keptAs(refusedName)) || !strings.Contains(err.Error(), refusedName) {
		t.Error(err)
	}
	rename = (*os.Root).Rename
	r.reopen(r.root.Name(), true)
	r.holds("the old content", 0)

	// In place, with an error that contains a path.
	r.refuse(1<<20, false)
	r.check(os.Mkdir(filepath.Join(r.root.Name(), keptAs(refusedName)), 0o777))
	r.check(os.WriteFile(filepath.Join(r.root.Name(), keptAs(refusedName), "x"), nil, 0o666))
	if err := r.write("new"); err == nil || !strings.Contains(err.Error(), "nor be moved aside") || !strings.Contains(err.Error(), "nor be written in place") {
		t.Error(err)
	}
}
