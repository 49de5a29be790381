package operation

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gildhq/gild/ground/cache"
	"github.com/gildhq/gild/operation/fetch"
	"github.com/gildhq/gild/operation/host"
)

// cacheSize is how many GiB of fetched and copied contents gild keeps on this machine, unless GILD_CACHE_SIZE is
// set.
const cacheSize = 64

// cache returns the folder for what was fetched, and for copies of payloads on network shares. All
// configurations share it.
func (get environment) cache() (string, error) {
	if dir := get("GILD_CACHE_DIR"); dir != "" {
		if real, err := filepath.EvalSymlinks(dir); err == nil { // the user chose this folder, links included
			dir = real
		}
		return filepath.Abs(dir)
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "gild", "payloads"), nil
	}
	store, err := get.store() // for users without a home folder, such as services
	if err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Join(store, "payloads"))
}

// cacheLimit returns how many bytes the cache may have.
func (get environment) cacheLimit() (int64, error) {
	size := int64(cacheSize)
	if text := get("GILD_CACHE_SIZE"); text != "" {
		var err error
		if size, err = strconv.ParseInt(text, 10, 32); err != nil || size < 1 {
			return 0, fmt.Errorf("GILD_CACHE_SIZE is %q; set it to a number of GiB", text)
		}
	}
	return size << 30, nil
}

// staging brings payloads to this machine.
type staging struct{ *Workspace }

// payloads returns the host for the module in the current folder. Pin says what exactly an
// address means. Close it after use.
func (s staging) payloads(pin func(string) (fetch.Pinned, error)) (*host.Host, error) {
	dir, err := environment(s.Getenv).cache()
	if err != nil {
		return nil, err
	}
	limit, err := environment(s.Getenv).cacheLimit()
	if err != nil {
		return nil, err
	}
	return host.NewStaging(".", host.Staging{Dir: dir, Limit: limit, Stop: s.Stop, Fetcher: s.fetchInto, Pin: pin}), nil
}

// fetcher returns what fetches into the cache, which is to be closed. Offline is why nothing
// is fetched; nil: it is.
func (s staging) fetcher(offline error) (*fetch.Fetcher, error) {
	dir, err := environment(s.Getenv).cache()
	if err != nil {
		return nil, err
	}
	limit, err := environment(s.Getenv).cacheLimit()
	if err != nil {
		return nil, err
	}
	c, err := cache.Open(dir, limit)
	if err != nil {
		return nil, err
	}
	f := s.fetchInto(c)
	f.Offline = offline
	return f, nil
}

// fetchInto returns what fetches into an open cache.
func (s staging) fetchInto(c *cache.Cache) *fetch.Fetcher {
	log := s.Log.Named("fetch")
	return &fetch.Fetcher{Cache: c, Getenv: s.Getenv, Dir: ".", Progress: func(e fetch.Event) {
		switch {
		case e.Err != nil:
			log.Warn("it is tried again", "address", e.Address, "error", e.Err, "after", e.Wait)
		case e.Complete:
			log.Info("fetched", "address", e.Address)
		default:
			log.Trace("fetching", "address", e.Address, "bytes", e.Done, "of", e.Total)
		}
	}}
}
