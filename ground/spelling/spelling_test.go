package spelling

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestSpelling: a name is found as it is on the disk if no other one can be meant.
func TestSpelling(t *testing.T) {
	dir, files := t.TempDir(), fstest.MapFS{}
	for _, name := range []string{"Cafe\u0301/a\u0308.txt", "o\u0308\u0323", "o\u0323\u0308", "\u00e9/both", "e\u0301/one", "\u212aelvin", "plain"} {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{}
	}
	if _, err := os.Lstat(filepath.Join(dir, "Caf\u00e9")); err == nil {
		t.Skip("the file system of the temporary folder takes equivalent names for one")
	}
	for name, want := range map[string]string{
		"Caf\u00e9/\u00e4.txt": "Cafe\u0301/a\u0308.txt",
		"Caf\u00e9/new.txt":    "Cafe\u0301/new.txt", // what is to be made comes into the folder that there is
		"\u1ecd\u0308":         "\u1ecd\u0308",       // either may be meant
		"\u00e9/both":          "\u00e9/both",
		"\u00e9/one":           "\u00e9/one", // the folder is there by that name
		"Kelvin":               "\u212aelvin",
		"plain":                "plain",
		"n\u00e9w/x":           "n\u00e9w/x",
	} {
		if got := Path(filepath.Join(dir, filepath.FromSlash(name))); got != filepath.Join(dir, filepath.FromSlash(want)) {
			t.Errorf("%+q is %+q", name, got)
		}
		_, err := fs.Stat(FS(files), name)
		if _, there := files[want]; (err == nil) != there {
			t.Errorf("%+q: %v", name, err)
		}
	}
	if list, err := fs.ReadDir(FS(files), "Caf\u00e9"); err != nil || len(list) != 1 {
		t.Errorf("folder: %v, %v", list, err)
	}
}
