package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNotes(t *testing.T) {
	dir := t.TempDir()
	h := NewStaging(dir, Staging{Dir: filepath.Join(dir, "cache")})
	if got := h.Recall("a"); got != nil {
		t.Errorf("before: %q", got)
	}
	h.Note("a", []byte("one"))
	h.Note("b/../c", []byte("two"))
	h.Note("a", []byte("three"))
	later := NewStaging(dir, Staging{Dir: filepath.Join(dir, "cache")})
	if a, b := string(later.Recall("a")), string(later.Recall("b/../c")); a != "three" || b != "two" {
		t.Errorf("%q, %q", a, b)
	}
	files, err := os.ReadDir(filepath.Join(dir, "cache", "notes"))
	if err != nil || len(files) != 2 {
		t.Errorf("%v, %v", files, err)
	}
	if New(dir).Note("a", nil); New(dir).Recall("a") != nil {
		t.Error("a host without a folder keeps notes")
	}
	if err := os.Mkdir(later.notePath("d"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := later.Recall("d"); got != nil {
		t.Errorf("of a folder: %q", got)
	}
}
