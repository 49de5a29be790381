package crash_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gildhq/gild/internal/crash"
)

// replaced returns what a file may hold after a loss of power during a script that
// replaces it.
func replaced(t *testing.T, script string) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	log, r, err := crash.Record(shell(t, dir, script, true), dir)
	if err != nil || r.Exit != 0 {
		t.Fatal(r, err)
	}
	found := map[string]bool{}
	for n := range log.Len() + 1 {
		for _, loss := range crash.Losses {
			for seed := range uint64(20) {
				if err := log.After(n, loss, seed).Put(dir); err != nil {
					t.Fatal(err)
				}
				data, err := os.ReadFile(filepath.Join(dir, "a"))
				if err != nil {
					data = []byte("gone")
				}
				found[string(data)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestLossOfPower(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"safe", "printf new >b; sync b; mv b a; sync .", "new old"},
		{"content not flushed", "printf new >b; mv b a; sync .", " \x00\x00\x00 new old \xe5\xe5\xe5"},
		{"in place", "printf new >a; sync a", " \x00\x00\x00 new old \xe5\xe5\xe5"},
		{"removed first", "printf new >b; sync b; rm a; mv b a", "gone new old"},
		{"appended", "printf 2 >>a; sync a", "old old\x00 old2 old\xe5"},
		{"in a folder", "mkdir d; printf new >d/b; sync d/b; sync d; mv d/b a; sync . d", "new old"},
	} {
		if got := strings.Join(replaced(t, test.script), " "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// What was flushed last is there whatever is lost.
func TestFlushedStays(t *testing.T) {
	dir := t.TempDir()
	script := "mkdir d; printf text >d/f; ln d/f d/g; sync d/f d .; rm d/f; sync d; printf more >>d/g"
	log, r, err := crash.Record(shell(t, dir, script, false), dir)
	if err != nil || r.Exit != 0 {
		t.Fatal(r, err)
	}
	for _, loss := range crash.Losses {
		for seed := range uint64(20) {
			if err := log.After(log.Len(), loss, seed).Put(dir); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(dir, "d/g"))
			if err != nil || !strings.HasPrefix(string(data), "text") {
				t.Errorf("%s: got %q, %v", loss, data, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "d/f")); err == nil {
				t.Errorf("%s: what was removed is there", loss)
			}
		}
	}
}
