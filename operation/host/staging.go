package host

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/volume"
	"github.com/gildhq/gild/operation/fetch"
	"github.com/gildhq/gild/providers"
)

// Staging says how to copy payloads on network shares to this machine.
type Staging struct {
	Dir    string                 // folder of copies and notes; created when first needed
	Limit  int64                  // bytes of all copies together, at most
	Stop   <-chan struct{}        // closing it ends copying
	Remote func(path string) bool // reports whether a path is on a share; nil: ask the system
	// Fetcher makes what fetches payloads that are addresses; nil: nothing is fetched.
	Fetcher func(*cache.Cache) *fetch.Fetcher
	// Pin says what exactly an address means; nil: what was fetched from it last.
	Pin func(address string) (fetch.Pinned, error)
}

// NewStaging returns the host for the module in dir, which uses copies of payloads on network
// shares. Close it after use.
//
// A folder is copied with everything in it, unless it contains the module: then its files are
// copied one by one.
func NewStaging(dir string, s Staging) *Host {
	h := New(dir)
	if s.Remote == nil {
		s.Remote = isRemote
	}
	if s.Dir != "" {
		h.notes = filepath.Join(s.Dir, "notes")
	}
	h.staging = &staging{Staging: s, module: dir, done: map[string]*copied{}, remote: map[string]bool{}, digests: map[string]providers.Digest{}, fetched: map[string]*fetched{}}
	return h
}

func isRemote(path string) bool {
	v, err := volume.Of(path)
	return err == nil && v.Remote
}

// Close releases the copies.
func (h *Host) Close() error {
	if h.staging == nil || h.staging.cache == nil {
		return nil
	}
	return h.staging.cache.Close()
}

// staging makes copies, each once.
type staging struct {
	Staging
	module string

	mu      sync.Mutex
	cache   *cache.Cache       // nil until it is needed
	done    map[string]*copied // by the path of the original
	remote  map[string]bool    // by folder, or what else may be a mount point
	digests map[string]providers.Digest
	fetcher *fetch.Fetcher      // nil until it is needed
	fetched map[string]*fetched // packages, by what they are
}

// copied is a copy, finished or in progress.
type copied struct {
	once sync.Once
	path string
	err  error
}

// local returns the path from which to use a payload.
func (s *staging) local(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isRemote(full) {
		return path, nil
	}
	for dir := full; ; dir = filepath.Dir(dir) {
		if c := s.done[dir]; c != nil && (dir == full || c.path != "" && c.path != dir) {
			return s.within(c, dir, full)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	c := &copied{}
	s.done[full] = c
	return s.within(c, full, full)
}

// renew forgets where copies are. Later calls find them again, or copy changed originals again.
func (s *staging) renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.done)
}

// within returns the path of a file in the copy of the file or of a folder above it. The caller
// holds the lock; within releases it while it copies.
func (s *staging) within(c *copied, dir, full string) (string, error) {
	s.mu.Unlock()
	c.once.Do(func() { s.copy(c, dir) })
	s.mu.Lock()
	if c.err != nil {
		return "", c.err
	}
	rel, err := filepath.Rel(dir, full)
	if err != nil {
		return "", err
	}
	return filepath.Join(c.path, rel), nil
}

// copy copies an original. If the original does not exist, neither does the copy.
func (s *staging) copy(c *copied, original string) {
	path, err := s.stage(original)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.path, c.err = path, err
}

func (s *staging) stage(original string) (string, error) {
	info, err := os.Stat(original)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return original, nil
	case err != nil:
		return "", err
	case info.IsDir() && s.holdsModule(original):
		return original, nil
	}
	cache, err := s.open()
	if err != nil {
		return "", err
	}
	ctx, cancel := s.context()
	defer cancel()
	staged, err := cache.Stage(ctx, original)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range staged.Files {
		if f.SHA256 != "" {
			name := filepath.Join(filepath.Dir(staged.Path), filepath.FromSlash(f.Name))
			s.digests[name] = providers.Digest{SHA256: f.SHA256, SHA1: f.SHA1, Size: f.Size}
		}
	}
	return staged.Path, nil
}

// context returns a context that ends when copying has to stop.
func (s *staging) context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	select {
	case <-s.Stop:
		cancel()
		return ctx, cancel
	default:
	}
	go func() {
		select {
		case <-s.Stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (s *staging) open() (*cache.Cache, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.cache == nil {
		s.cache, err = cache.Open(s.Dir, s.Limit)
	}
	return s.cache, err
}

// digest returns the digest of a copied file.
func (s *staging) digest(local string) (providers.Digest, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, known := s.digests[local]
	return d, known
}

// holdsModule reports whether a folder is or contains the module. It is no payload then, since it
// contains sources, outputs and checkpoints.
func (s *staging) holdsModule(dir string) bool {
	module, err := filepath.Abs(s.module)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(dir, module)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// isRemote reports whether a path is on a network share. It asks the system once for each folder;
// copies are on this machine. The caller holds the lock.
func (s *staging) isRemote(path string) bool {
	if s.askOnce(filepath.Dir(path)) {
		return true
	}
	// The path itself may be where a share is mounted.
	info, err := regular.Lstat(path)
	return err == nil && !info.Mode().IsRegular() && s.askOnce(path)
}

func (s *staging) askOnce(path string) bool {
	remote, known := s.remote[path]
	if !known {
		remote = s.Remote(path)
		s.remote[path] = remote
	}
	return remote
}
