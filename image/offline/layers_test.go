package offline_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/imagetest"
	"github.com/gildhq/gild/image/offline"
)

// TestFallback damages layers in all ways and checks that the session goes back to the
// last whole layer, says why, and makes the same output.
func TestFallback(t *testing.T) {
	chain := []string{"step1", "step2", "step3"}
	file := captured(t)
	work := func(s image.Session, from int) {
		for i := from; i < len(chain); i++ {
			write(t, s, "Windows/"+chain[i]+".txt", strings.Repeat(chain[i], 1000))
			write(t, s, "Windows/same.txt", chain[i])
			must(t, s.Commit(t.Context(), chain[i]))
		}
	}
	whole := session(t, file, t.TempDir())
	work(whole, 0)
	want, err := os.ReadFile(export(t, whole, image.ExportOptions{}))
	must(t, err)

	layer := func(store string, n int) string { return filepath.Join(store, "layers", chain[n]+".layer") }
	for name, c := range map[string]struct {
		damage func(store string)
		at     string
		reason string
	}{
		"none":     {func(string) {}, "step3", ""},
		"manifest": {func(s string) { flip(t, layer(s, 1)) }, "step1", "checksum"},
		"torn":     {func(s string) { must(t, os.Truncate(layer(s, 2), 100)) }, "step2", "checksum"},
		"empty":    {func(s string) { must(t, os.Truncate(layer(s, 0), 0)) }, "", "does not begin"},
		"gone":     {func(s string) { must(t, os.Remove(layer(s, 2))) }, "step2", ""},
		"swapped":  {func(s string) { must(t, os.Rename(layer(s, 0), layer(s, 2))) }, "", "is that of layer step1"},
		"content":  {func(s string) { flip(t, blobOf(t, s, strings.Repeat("step2", 1000))) }, "step1", "SHA-256"},
		"cut":      {func(s string) { must(t, os.Truncate(blobOf(t, s, strings.Repeat("step3", 1000)), 5)) }, "step2", "5 bytes instead of 5000"},
		"lost":     {func(s string) { must(t, os.Remove(blobOf(t, s, strings.Repeat("step1", 1000)))) }, "", "is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			store := filepath.Join(t.TempDir(), "store")
			s := session(t, file, store)
			work(s, 0)
			must(t, s.Close())
			c.damage(store)

			var log bytes.Buffer
			s, err := offline.Backend{}.Open(t.Context(), image.Ref{Path: file}, image.OpenOptions{Write: true, Store: store,
				Clock: imagetest.Clock(), Chain: chain, Log: hclog.New(&hclog.LoggerOptions{Output: &log})})
			must(t, err)
			defer s.Close()
			if s.At() != c.at {
				t.Fatalf("at %q, want %q\n%s", s.At(), c.at, &log)
			}
			if warned := strings.Join(info(t, s).Warnings, "\n"); !strings.Contains(warned, c.reason) ||
				!strings.Contains(log.String(), c.reason) || (warned == "") != (c.reason == "") {
				t.Errorf("warnings: %s\nlog: %s", warned, &log)
			}
			from := 0
			for i, id := range chain {
				if id == c.at {
					from = i + 1
				}
			}
			work(s, from)
			got, err := os.ReadFile(export(t, s, image.ExportOptions{}))
			must(t, err)
			if !bytes.Equal(got, want) {
				t.Error("the output is not that of an undisturbed run")
			}
			must(t, s.Close())
			if again := session(t, file, store, chain...); again.At() != "step3" {
				t.Errorf("afterwards at %q", again.At())
			}
		})
	}
}

// flip changes one byte in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	b[len(b)/2] ^= 1
	must(t, os.WriteFile(path, b, 0o666))
}

// blobOf finds the store's file with some content.
func blobOf(t *testing.T, store, content string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(store, "blobs", "*"))
	must(t, err)
	for _, path := range found {
		if b, err := os.ReadFile(path); err == nil && string(b) == content {
			return path
		}
	}
	t.Fatalf("no content %.20q", content)
	return ""
}

// TestOtherSource checks that layers are not used on another source.
func TestOtherSource(t *testing.T) {
	store := t.TempDir()
	s := session(t, captured(t), store)
	write(t, s, "Windows/x", "x")
	must(t, s.Commit(t.Context(), "step1"))
	must(t, s.Close())
	if s := session(t, captured(t, "--compress=none", "--image-property", "NAME=other"), store, "step1"); s.At() != "" {
		t.Errorf("at %q", s.At())
	}
}

// TestTwoSessions checks that two runs with common steps may share a store.
func TestTwoSessions(t *testing.T) {
	file, store := captured(t), t.TempDir()
	a, b := session(t, file, store), session(t, file, store)
	for _, s := range []image.Session{a, b} {
		write(t, s, "Windows/common.txt", "common")
		must(t, s.Commit(t.Context(), "step1"))
	}
	write(t, a, "Windows/a.txt", "a")
	write(t, b, "Windows/b.txt", "b")
	must(t, a.Commit(t.Context(), "stepA"))
	must(t, a.Close())
	must(t, b.Commit(t.Context(), "stepB"))
	must(t, b.Close())
	for id, name := range map[string]string{"stepA": "Windows/a.txt", "stepB": "Windows/b.txt"} {
		s := session(t, file, store, "step1", id)
		if _, err := files(t, s).Stat(name); err != nil || s.At() != id {
			t.Errorf("%s: at %q, %v", id, s.At(), err)
		}
	}
}
