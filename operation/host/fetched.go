package host

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/operation/fetch"
	"github.com/gildhq/gild/providers"
)

// Fetch implements [providers.Host]: it fetches what an address names into the cache, unless
// that has it.
func (h *Host) Fetch(ctx context.Context, text string) error {
	_, err := h.fetched(ctx, text)
	return err
}

// fetched is a package that is fetched once for a run.
type fetched struct {
	mu  sync.Mutex
	got *fetch.Content // nil until it is there
}

// fetched returns the path of what an address names.
func (h *Host) fetched(ctx context.Context, text string) (string, error) {
	a, err := address.Parse(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("invalid address: %w", err)
	case h.staging == nil || h.staging.Fetcher == nil:
		return "", fmt.Errorf("%s: nothing is fetched here", a.Shown())
	}
	s := h.staging
	if _, err := s.open(); err != nil {
		return "", err
	}
	key := fmt.Sprint(a.Package(), a.Unpack, a.SHA256)
	s.mu.Lock()
	if s.fetcher == nil {
		s.fetcher = s.Fetcher(s.cache)
	}
	p := s.fetched[key]
	if p == nil {
		p = &fetched{}
		s.fetched[key] = p
	}
	s.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.got == nil {
		if p.got, err = s.fetch(ctx, text); err != nil {
			return "", err
		}
	}
	return p.got.Find(text)
}

// fetch fetches the package of an address, and notes the digests of its files.
func (s *staging) fetch(ctx context.Context, text string) (*fetch.Content, error) {
	pinned, err := fetch.Pinned{Address: text}, error(nil)
	if s.Pin != nil {
		pinned, err = s.Pin(text)
	}
	if err != nil {
		return nil, err
	}
	got, err := s.fetcher.Package(ctx, pinned)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range got.Files {
		if f.SHA256 != "" {
			name := filepath.Join(filepath.Dir(got.Root), filepath.FromSlash(f.Name))
			s.digests[name] = providers.Digest{SHA256: f.SHA256, SHA1: f.SHA1, Size: f.Size}
		}
	}
	return &got, nil
}

// here returns the path of a payload on this machine: of what an address names, of a copy,
// or its own.
func (h *Host) here(name string) (string, error) {
	if address.Is(name) {
		ctx := context.Background()
		if h.staging != nil {
			var cancel context.CancelFunc
			ctx, cancel = h.staging.context()
			defer cancel()
		}
		return h.fetched(ctx, name)
	}
	path := h.original(name)
	if h.staging == nil {
		return path, nil
	}
	return h.staging.local(path)
}
