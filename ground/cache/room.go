package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/store"
)

// isRun is the name of a run.
var isRun = store.Only(`[0-9a-f]{16}`)

// maxList is the largest size of a list: a line for each entry.
const maxList = 16 << 20

// entry is an entry that is there, or what is left of a broken-off download.
type entry struct {
	digest string // empty: of a download
	fetch  string // the folder of a download
	size   int64
	used   time.Time // when it was last used
}

// content is what the folder of a cache holds, of all runs.
type content struct {
	dir    string
	folder *store.Folder
}

// makeRoom evicts entries that no run keeps until that many bytes fit. If that is impossible, it
// evicts none. The caller holds the lock.
func (c *Cache) makeRoom(size int64) error {
	if err := c.clearDead(c.run); err != nil {
		return err
	}
	kept, err := c.keptByAny()
	if err != nil {
		return err
	}
	entries, total, err := c.entries()
	if err != nil {
		return err
	}
	left, more, err := c.leftovers()
	if err != nil {
		return err
	}
	entries, total = append(entries, left...), total+more
	slices.SortFunc(entries, func(a, b entry) int { return a.used.Compare(b.used) })
	var old []entry
	for _, e := range entries {
		if total+size <= c.limit {
			break
		}
		if !kept[e.digest] {
			old = append(old, e)
			total -= e.size
		}
	}
	if total+size > c.limit {
		return fmt.Errorf("%w: %d bytes are needed, and %d of %d in %s are in use; allow it more with GILD_CACHE_SIZE, "+
			"or copy the payloads to this machine by hand", ErrFull, size, total, c.limit, c.dir)
	}
	for _, e := range old {
		if e.digest == "" {
			err = c.folder.RemoveAll(e.fetch)
		} else {
			err = c.remove(e.digest)
		}
		if err != nil {
			return err
		}
	}
	if len(old) == 0 {
		return nil
	}
	return c.clearOrigins()
}

// remove removes an entry. It removes the manifest first: an entry without a manifest does not
// count.
func (c content) remove(digest string) error {
	entry := entriesDir + "/" + digest
	err := c.folder.Remove(entry + "/" + manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, c.folder.RemoveAll(entry))
}

// entries returns all entries and their total bytes.
func (c content) entries() ([]entry, int64, error) {
	found, err := os.ReadDir(c.path(entriesDir))
	if err != nil {
		return nil, 0, err
	}
	var out []entry
	var total int64
	for _, d := range found {
		if !d.IsDir() || !hexDigest.MatchString(d.Name()) {
			continue
		}
		e := entry{digest: d.Name()}
		if info, err := os.Stat(c.path(entriesDir, d.Name(), manifestFile)); err == nil {
			e.used = info.ModTime()
		}
		if m, err := readManifest(c.path(entriesDir, d.Name(), manifestFile)); err == nil {
			e.size = m.size()
		}
		total += e.size
		out = append(out, e)
	}
	return out, total, nil
}

// keptByAny returns the digests of the entries that runs keep.
func (c content) keptByAny() (map[string]bool, error) {
	lists, err := filepath.Glob(c.path(runsDir, "*.keeps"))
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for _, list := range lists {
		data, err := c.folder.Read(runsDir+"/"+filepath.Base(list), maxList)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for digest := range strings.FieldsSeq(string(data)) {
			kept[digest] = true
		}
	}
	return kept, nil
}

// clearDead removes the files of runs that ended without closing the cache. A run's own lock
// tells whether it is still running; self is the run of the caller, who holds the lock.
func (c content) clearDead(self string) error {
	locks, err := filepath.Glob(c.path(runsDir, "*.lock"))
	if err != nil {
		return err
	}
	for _, name := range locks {
		run := strings.TrimSuffix(filepath.Base(name), ".lock")
		if run == self || !isRun.MatchString(run) {
			continue
		}
		l := newLock(name)
		free, err := l.TryLock()
		if err != nil || !free {
			continue
		}
		if err := errors.Join(l.Unlock(), c.forget(run)); err != nil {
			return err
		}
	}
	return nil
}

// clearOrigins removes the records of originals whose entries are gone.
func (c content) clearOrigins() error {
	found, err := os.ReadDir(c.path(originsDir))
	for _, d := range found {
		if !hexDigest.MatchString(d.Name()) {
			continue
		}
		name := originsDir + "/" + d.Name()
		digest, readErr := c.folder.Read(name, maxList)
		if of, _, _ := strings.Cut(string(digest), "\n"); readErr == nil && hexDigest.MatchString(of) {
			if _, statErr := os.Stat(c.path(entriesDir, of)); statErr == nil {
				continue
			}
		}
		err = errors.Join(err, c.folder.Remove(name))
	}
	return err
}
