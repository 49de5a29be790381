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
