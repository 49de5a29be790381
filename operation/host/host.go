// Package host implements [providers.Host]: it answers what kinds ask about the machine gild runs
// on, such as where payloads are and what their digests are. It replaces payloads on network
// shares with verified copies on this machine (staging.go); kinds do not notice that. Begin with
// [New], or with [NewStaging] for the copies.
package host

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/spelling"
	"github.com/gildhq/gild/ground/work"
	"github.com/gildhq/gild/providers"
)

// Host implements [providers.Host] for the payloads of a module. It may be used
// by several goroutines.
type Host struct {
	dir     string
	staging *staging // nil: payloads are used from where they are
	notes   string   // folder of notes for later runs; empty: none are kept

	mu    sync.Mutex
	files map[string]*file
}

// file is what is known of a payload, valid while its size and time do not change.
type file struct {
	mu       sync.Mutex
	size     int64
	modified time.Time
	digest   providers.Digest // zero until computed
}

// New returns the host for the module in dir. It uses payloads from where they are.
func New(dir string) *Host {
	return &Host{dir: dir, files: map[string]*file{}}
}

// Renew checks payloads on network shares again, since they may be new or changed. Payloads on
// this machine are checked with every call.
func (h *Host) Renew() {
	if h.staging != nil {
		h.staging.renew()
	}
}

// Path returns the path of the payload, or of its copy on this machine. A relative name is below
// the module's folder. If copying fails, it returns the original path, and [Host.Digest] returns
// the error.
func (h *Host) Path(name string) string {
	path, err := h.here(name)
	switch {
	case err == nil:
		return path
	case address.Is(name):
		return name
	}
	return h.original(name)
}

func (h *Host) original(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return spelling.Path(name)
	}
	return spelling.Path(filepath.Join(h.dir, name))
}

// Digest returns the digests of a payload's content. It is an error if the file changes while it
// is read.
func (h *Host) Digest(ctx context.Context, name string) (providers.Digest, error) {
	path, err := h.here(name)
	if err != nil {
		return providers.Digest{}, err
	}
	if h.staging != nil {
		if digest, known := h.staging.digest(path); known {
			return digest, nil
		}
	}
	return h.Content(ctx, path)
}

// Content returns the digests of the content of any file of this machine, where it is.
func (h *Host) Content(ctx context.Context, path string) (providers.Digest, error) {
	h.mu.Lock()
	f := h.files[path]
	if f == nil {
		f = &file{}
		h.files[path] = f
	}
	h.mu.Unlock()

	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current(ctx, h, path)
}

// current returns the digests of the file's current content.
func (f *file) current(ctx context.Context, h *Host, path string) (providers.Digest, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return providers.Digest{}, err
	case !regular.Is(info):
		return providers.Digest{}, fmt.Errorf("%s is not a file", path)
	case f.digest.SHA256 != "" && f.size == info.Size() && f.modified.Equal(info.ModTime()):
		return f.digest, nil
	}
	if known, ok := h.remembered(path, info); ok {
		f.size, f.modified, f.digest = info.Size(), info.ModTime(), known
		return known, nil
	}
	began := time.Now()
	digest, err := read(ctx, path)
	if err != nil {
		return providers.Digest{}, fmt.Errorf("digest of %s: %w", path, err)
	}
	after, err := os.Stat(path)
	switch {
	case err != nil:
		return providers.Digest{}, err
	case digest.Size != info.Size() || !after.ModTime().Equal(info.ModTime()):
		return providers.Digest{}, fmt.Errorf("%s was changed while it was read; run gild again when it is complete", path)
	}
	f.size, f.modified, f.digest = info.Size(), info.ModTime(), digest
	h.remember(path, info, began, digest)
	return digest, nil
}

func read(ctx context.Context, path string) (providers.Digest, error) {
	in, err := regular.Open(path)
	if err != nil {
		return providers.Digest{}, err
	}
	defer in.Close()
	long, short := sha256.New(), sha1.New()
	size, err := work.Copy(ctx, io.MultiWriter(long, short), in)
	if err != nil {
		return providers.Digest{}, err
	}
	return providers.Digest{
		SHA256: hex.EncodeToString(long.Sum(nil)),
		SHA1:   hex.EncodeToString(short.Sum(nil)),
		Size:   size,
	}, nil
}
