package cabtest_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/cab"
	"github.com/gildhq/gild/formats/cab/cabtest"
	"github.com/gildhq/gild/internal/testenv"
)

// TestStored reads a cabinet of several blocks, with our reader and another.
func TestStored(t *testing.T) {
	files := map[string]string{"update.mum": "<xml/>", "empty.txt": "", `dir\long.bin`: strings.Repeat("0123456789", 10_000)}
	data := cabtest.Stored(files)
	r, err := cab.NewReader(bytes.NewReader(data), int64(len(data)), "test.cab")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Files {
		if got, err := io.ReadAll(f.Open()); err != nil || string(got) != files[f.Name] {
			t.Errorf("%s: %d bytes, %v", f.Name, len(got), err)
		}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "test.cab")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	testenv.Run(t, "cabextract", "-q", "-d", dir, path)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))))
		if err != nil || string(got) != want {
			t.Errorf("cabextract makes of %s %d bytes, %v", name, len(got), err)
		}
	}
}

func TestSpanned(t *testing.T) {
	data := cabtest.Spanned()
	_, err := cab.NewReader(bytes.NewReader(data), int64(len(data)), "test.cab")
	if !errors.Is(err, cab.ErrUnsupported) || !strings.Contains(err.Error(), "next.cab") {
		t.Error(err)
	}
}
