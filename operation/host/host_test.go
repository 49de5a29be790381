package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gildhq/gild/providers"
)

var _ providers.Host = (*Host)(nil)

func write(t *testing.T, path, text string, modified time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
}

func TestDigest(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	h := New(dir)
	file := filepath.Join(dir, "a b", "ü.bin")
	then := time.Unix(1e9, 0)
	write(t, file, "abc", then)

	// The digests of "abc": FIPS 180-2, appendices A.1 and B.1.
	want := providers.Digest{
		SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		SHA1:   "a9993e364706816aba3e25717850c26c9cd0d89d",
		Size:   3,
	}
	if got, err := h.Digest(ctx, "a b/ü.bin"); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := h.Digest(ctx, file); err != nil || got != want {
		t.Errorf("by absolute path: got %v, %v, want %v", got, err, want)
	}
	write(t, file, "abd", then)
	if got, err := h.Digest(ctx, "a b/ü.bin"); err != nil || got != want {
		t.Errorf("with the same size and time: got %v, %v, want what is remembered", got, err)
	}
	write(t, file, "abd", then.Add(time.Second))
	if got, err := h.Digest(ctx, "a b/ü.bin"); err != nil || got == want {
		t.Errorf("after a change: got %v, %v", got, err)
	}
}

// TestDecomposed: a payload whose name on the disk is composed otherwise than in the
// configuration is found, as long as there is one only.
func TestDecomposed(t *testing.T) {
	dir, then := t.TempDir(), time.Unix(1e9, 0)
	h := New(dir)
	for _, name := range []string{"Cafe\u0301/a\u0308.txt", "o\u0308\u0323", "o\u0323\u0308", "\u00e9/both", "e\u0301/one"} {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), "x", then)
	}
	if _, err := os.Stat(filepath.Join(dir, "Caf\u00e9")); err == nil {
		t.Skip("this file system does not tell such names apart")
	}
	for name, want := range map[string]string{
		"Caf\u00e9/\u00e4.txt": "Cafe\u0301/a\u0308.txt", "Caf\u00e9/n\u00e9w": "Cafe\u0301/n\u00e9w", "\u1ecd\u0308": "\u1ecd\u0308",
		"\u00e9/both": "\u00e9/both", "\u00e9/one": "\u00e9/one", "e\u0301/one": "e\u0301/one", "no\u00e9/x": "no\u00e9/x",
	} {
		if got := h.Path(name); got != filepath.Join(dir, filepath.FromSlash(want)) {
			t.Errorf("%+q is %+q", name, got)
		}
	}
}

func TestDigestErrors(t *testing.T) {
	dir := t.TempDir()
	h := New(dir)
	if _, err := h.Digest(t.Context(), "nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	if _, err := h.Digest(t.Context(), "."); err == nil {
		t.Error("a folder has a digest")
	}
	write(t, filepath.Join(dir, "f"), "abc", time.Now())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Digest(ctx, "f"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}
