package providertest

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gildhq/gild/providers"
)

// Host is a machine with payloads in a folder. It computes digests every time.
type Host struct{ Dir string }

// NewHost returns a host with payloads, by their names, in a new folder.
func NewHost(t testing.TB, payloads map[string]string) Host {
	t.Helper()
	h := Host{Dir: t.TempDir()}
	for name, content := range payloads {
		h.Put(t, name, content)
	}
	return h
}

// Put writes a payload.
func (h Host) Put(t testing.TB, name, content string) {
	t.Helper()
	file := h.Path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Fetch implements [providers.Host]: all payloads are here.
func (h Host) Fetch(context.Context, string) error { return nil }

// Path implements [providers.Host].
func (h Host) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(h.Dir, filepath.FromSlash(name))
}

// Recall implements [providers.Host]: no digest is remembered.
func (h Host) Recall(string) []byte { return nil }

// Note implements [providers.Host].
func (h Host) Note(string, []byte) {}

// Digest implements [providers.Host].
func (h Host) Digest(_ context.Context, name string) (providers.Digest, error) {
	data, err := os.ReadFile(h.Path(name))
	return providers.Digest{
		SHA256: fmt.Sprintf("%x", sha256.Sum256(data)),
		SHA1:   fmt.Sprintf("%x", sha1.Sum(data)),
		Size:   int64(len(data)),
	}, err
}
