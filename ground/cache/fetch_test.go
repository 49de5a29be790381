package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestKeptForLater: what a fetch leaves in its folder is there the next time, but not if it
// has filled the disk.
func TestKeptForLater(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		kept bool
	}{
		"broken off":   {errors.New("the network is gone"), true},
		"disk is full": {fmt.Errorf("write: %w", diskFull), false},
	} {
		dir := t.TempDir()
		c1 := open(t, dir, 1000)
		f := Fetch{Origin: "x", Name: "x", Admit: func(Copy) ([]string, string, error) { return []string{"y"}, "a note", nil }}
		f.Fill = func(dir, keep string) (string, error) {
			write(t, filepath.Join(dir, "half"), "1")
			write(t, filepath.Join(keep, "part"), "12")
			return "", c.err
		}
		if _, err := c1.Fetch(t.Context(), f); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		closeCache(t, c1)
		c1 = open(t, dir, 1000)
		f.Fill = func(dir, keep string) (string, error) {
			_, err := os.Stat(filepath.Join(keep, "part"))
			if kept := err == nil; kept != c.kept {
				t.Errorf("%s: kept: %t", name, kept)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("%s: left over: %v, %v", name, left, err)
			}
			write(t, filepath.Join(dir, "a"), "abc")
			return "a", nil
		}
		got, err := c1.Fetch(t.Context(), f)
		if err != nil || read(t, got.Path) != "abc" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		for _, origin := range []string{"x", "y"} {
			if found, err := c1.Find(t.Context(), origin); err != nil || found == nil || found.Path != got.Path || found.Note != "a note" {
				t.Errorf("%s: %+v, %v", name, found, err)
			}
		}
		closeCache(t, c1)
	}
}

// TestLeftoversMakeRoom: what broken-off downloads have kept is evicted, too.
func TestLeftoversMakeRoom(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir, 100)
	defer closeCache(t, c)
	_, err := c.Fetch(t.Context(), Fetch{Origin: "x", Name: "x", Fill: func(_, keep string) (string, error) {
		return "", errors.Join(errors.New("gone"), os.WriteFile(filepath.Join(keep, "part"), make([]byte, 90), 0o600))
	}})
	if err == nil {
		t.Fatal("it was fetched")
	}
	share := t.TempDir()
	write(t, filepath.Join(share, "a"), "0123456789 0123456789")
	stage(t, c, filepath.Join(share, "a"))
	if left, err := filepath.Glob(filepath.Join(dir, fetchDir, "*", keepDir, "*")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestLinksWithin(t *testing.T) {
	for link, want := range map[string]bool{"b": true, "../a/b": true, "../../x": false, "/x": false, "b/../c": false, "../..": false, `..\..\x`: false, "C:x": false} {
		if got := within("top/a/l", link); got != want {
			t.Errorf("%s: %t", link, got)
		}
	}
}
