// Package cache keeps contents on this machine by their digests: copies of payloads that
// are on network shares, and what is fetched from servers. Microsoft advises to copy
// packages before DISM gets them: over a network DISM is slow, and fails half-way if the
// network does ("DISM Best Practices", Windows Setup documentation).
//
// An entry is a file, or a folder with everything in it, named by the SHA-256 of its
// contents and names. It is made under another name and renamed when it is complete.
// Before each further use it is read in full and compared with its digests. A copy is
// valid as long as the size and time of each original file are unchanged; what was
// fetched is valid until it is fetched again.
//
// Several runs may use a cache at once. A run keeps the entries it has used until its
// end. When room is needed, entries that no run keeps are evicted, the least recently
// used first.
package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/ground/store"
)

// ErrFull: there is no room within the limit, because all entries are in use.
var ErrFull = errors.New("no room in the cache")

// MaxFiles is how many files an entry may have.
const MaxFiles = 100_000

// Cache is a cache in a folder, used by one run and by several of its goroutines.
type Cache struct {
	content
	limit int64 // limit for the bytes of all entries

	mu    sync.Mutex
	run   string // name of this run in the folder
	alive *flock.Flock
	kept  map[string]bool // digests of entries that this run uses
}

// Folders and files of a cache.
const (
	entriesDir = "sha256"  // entries, by digest
	originsDir = "origins" // which entry is the copy of an original
	runsDir    = "runs"    // which entries a run keeps
	partialDir = "partial" // entries that are being copied
	fetchDir   = "fetch"   // entries that are being fetched, and what is left of broken-off downloads
	lockFile   = "lock"    // held briefly while entries are added or removed
)

// Open opens the cache in a folder, which it creates if needed. All entries together have at most
// limit bytes. Close the cache after use.
func Open(dir string, limit int64) (*Cache, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	c := &Cache{content: content{dir: dir}, limit: limit, kept: map[string]bool{}, run: fmt.Sprintf("%016x", rand.Uint64())} // #nosec G404 -- a name, not a secret
	if c.folder, err = store.Make(dir); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	for _, name := range []string{entriesDir, originsDir, runsDir, partialDir, fetchDir} {
		if err := c.folder.MakeDir(name); err != nil {
			return nil, errors.Join(fmt.Errorf("cache: %w", err), c.folder.Close())
		}
	}
	c.alive = newLock(c.path(runsDir, c.run+".lock"))
	// The lock is held so that no other run takes this one for dead while it begins.
	if err := c.locked(context.Background(), c.alive.Lock); err != nil {
		return nil, errors.Join(err, c.folder.Close())
	}
	return c, nil
}

// Close releases the entries that the run kept.
func (c *Cache) Close() error {
	err := c.locked(context.Background(), func() error {
		err := errors.Join(c.alive.Unlock(), c.forget(c.run))
		clear(c.kept)
		return err
	})
	return errors.Join(err, c.folder.Close())
}

func newLock(name string) *flock.Flock {
	return flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDONLY|regular.NoFollow(name)), flock.SetPermissions(durable.Private))
}

// forget removes the files of a run that has ended. The caller holds the lock.
func (c content) forget(run string) error {
	return errors.Join(c.folder.RemoveAll(runsDir+"/"+run+".keeps"), c.folder.RemoveAll(partialDir+"/"+run),
		c.folder.RemoveAll(runsDir+"/"+run+".lock"))
}

func (c content) path(names ...string) string {
	return filepath.Join(append([]string{c.dir}, names...)...)
}

// locked calls a function while no other run adds or removes entries.
func (c *Cache) locked(ctx context.Context, do func() error) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lock := newLock(c.path(lockFile))
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	return do()
}

// keep notes that this run uses an entry. The caller holds the lock.
func (c *Cache) keep(digest string) error {
	if c.kept[digest] {
		return nil
	}
	if err := durable.Append(c.path(runsDir, c.run+".keeps"), []byte(digest+"\n")); err != nil {
		return err
	}
	c.kept[digest] = true
	return nil
}
