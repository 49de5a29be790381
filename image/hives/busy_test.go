package hives

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/gildhq/gild/ground/busy"
	"github.com/gildhq/gild/image"
)

// held are files that another program has open exclusively the next times that they are
// opened or written.
type held struct {
	*memFiles
	opens, writes int
}

func (h *held) Open(name string) (fs.File, error) {
	if h.opens--; h.opens >= 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: busy.ErrInUse}
	}
	return h.memFiles.Open(name)
}

// ReadFile hides that of the map, which would not wait.
func (h *held) ReadFile(name string) ([]byte, error) {
	f, err := h.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func (h *held) WriteFile(name string, content io.Reader, meta image.Meta) error {
	if h.writes--; h.writes >= 0 {
		_, _ = io.ReadAll(content) // a write that has begun starts again
		return &fs.PathError{Op: "write", Path: name, Err: busy.ErrInUse}
	}
	return h.memFiles.WriteFile(name, content, meta)
}

// TestHeldHive waits for hives that another program has open; if that does not end, the
// error says which programs it may be.
func TestHeldHive(t *testing.T) {
	patience = 20 * time.Millisecond
	t.Cleanup(func() { patience = 30 * time.Second })
	const key = `HKLM\SYSTEM\ControlSet001\Control`
	files := &held{filesWith(system, smallSystem(t, 1)), 3, 3}
	r := Open(files, writing())
	ok(t, r.SetValue(key, dword("New", 7)))
	ok(t, r.Flush())
	if v, err := Open(files, Options{}).Value(key, "New"); err != nil || v.Data[0] != 7 {
		t.Error(v, err)
	}

	files.opens = 1 << 20
	_, err := Open(files, Options{}).Value(key, "New")
	blames(t, err)
	files.opens, files.writes = 0, 1<<20
	ok(t, r.SetValue(key, dword("New", 8)))
	blames(t, r.Flush())
	if files.writes = 0; !r.Dirty() {
		t.Error("a hive that could not be written counts as written")
	}
	ok(t, r.Flush())
}

func blames(t *testing.T, err error) {
	t.Helper()
	var in *image.HiveError
	if !errors.As(err, &in) || !busy.Is(err) {
		t.Fatal(err)
	}
	for _, part := range []string{"SYSTEM", "DismHost.exe", "antivirus", "reg unload"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v\ndoes not say %q", err, part)
		}
	}
}
