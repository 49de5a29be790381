package imagetest

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/gildhq/gild/image"
)

// snapshot describes everything in an image, by name.
func snapshot(t *testing.T, s opened) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(s.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all[name], err = describe(s.files, name, d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func describe(files image.Files, name string, d fs.DirEntry) (string, error) {
	m, err := files.Meta(name)
	if err != nil {
		return "", err
	}
	if d.IsDir() {
		// The times of a folder depend on the file system if the image is a folder.
		return fmt.Sprintf("folder, attributes %#x, security %x", m.Attributes, m.Security), nil
	}
	sum, err := files.SHA1(name)
	if err != nil {
		return "", err
	}
	info, err := files.Stat(name)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes, SHA-1 %x, attributes %#x, created %s, written %s, security %x", info.Size(), sum,
		m.Attributes, m.Created.UTC().Format(time.RFC3339Nano), m.Written.UTC().Format(time.RFC3339Nano), m.Security), nil
}

func compare(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s: %s: got %q, want %q", what, name, got[name], want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s should not be there", what, name)
		}
	}
}

// same compares the bytes of two files without printing them.
func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	t.Errorf("%s: %d and %d bytes that differ from byte %d on", what, len(got), len(want), at)
}
