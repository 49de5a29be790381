package host

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestMemo: the digest of a large file is taken from the note of an earlier run, unless
// the file was changed, however little can be seen of it.
func TestMemo(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	file, cache := filepath.Join(dir, "large"), filepath.Join(dir, "cache")
	content := bytes.Repeat([]byte("gild"), memoFrom/4)
	if err := os.WriteFile(file, content, 0o666); err != nil {
		t.Fatal(err)
	}
	digest := func() string {
		d, err := NewStaging(dir, Staging{Dir: cache, Remote: func(string) bool { return false }}).Digest(ctx, "large")
		if err != nil {
			t.Fatal(err)
		}
		return d.SHA256
	}
	notes := func() int {
		found, _ := os.ReadDir(filepath.Join(cache, "notes"))
		return len(found)
	}
	first := digest()
	if notes() != 0 {
		t.Fatal("noted of a file that was written a moment ago")
	}
	then := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, then, then); err != nil {
		t.Fatal(err)
	}
	time.Sleep(settled + 100*time.Millisecond) // the time of the change can't be set
	if digest() != first || notes() != 1 {
		t.Fatal("not noted")
	}

	// A note that says something else tells that it is used.
	h := NewStaging(dir, Staging{Dir: cache})
	key, _ := memoKey(filepath.Join(dir, "large"))
	other := bytes.Replace(h.Recall(key), []byte(first), []byte("other"), 1)
	h.Note(key, other)
	if got := digest(); got != "other" {
		t.Errorf("the file was read again: %s", got)
	}

	// One byte, the same size and the same time of modification.
	content[7] ^= 1
	if err := os.WriteFile(file, content, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, then, then); err != nil {
		t.Fatal(err)
	}
	if got := digest(); got == first || got == "other" {
		t.Errorf("a change was not seen: %s", got)
	}
}
