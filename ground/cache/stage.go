package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
)

// Copy is a copy of a file or folder.
type Copy struct {
	Path   string // path of the copy, with the name of the original
	SHA256 string // digest of names and contents, which names the entry
	Files  []File // in the order of a walk
	Note   string // what was noted when it was fetched
}

// Stage returns a copy of the file or folder at a path: an existing undamaged one, or a new one.
// It remains until the cache is closed.
func (c *Cache) Stage(ctx context.Context, original string) (Copy, error) {
	original, err := filepath.Abs(original)
	if err != nil {
		return Copy{}, err
	}
	m, err := survey(ctx, original)
	if err != nil {
		return Copy{}, err
	}
	origin := nameOf(original + "\n" + m.origin())
	known, err := c.recall(ctx, origin)
	if err != nil {
		return Copy{}, err
	}
	if known != nil {
		return *known, nil
	}
	dir, err := c.copy(ctx, original, &m)
	if err == nil {
		err = c.locked(ctx, func() error { return c.enter(ctx, dir, m, "", origin) })
	}
	if err != nil {
		return Copy{}, errors.Join(fmt.Errorf("copy %s into the cache: %w", original, err), c.discard(dir))
	}
	return c.copyOf(m), nil
}

// discard removes an entry that is not complete.
func (c content) discard(dir string) error {
	if dir == "" {
		return nil
	}
	return c.folder.RemoveAll(dir)
}

func (c *Cache) copyOf(m manifest) Copy {
	digest := m.digest()
	return Copy{Path: c.path(entriesDir, digest, filesDir, m.Base), SHA256: digest, Files: m.Files}
}

// filesDir is the folder with the files of an entry.
const filesDir = "files"

// nameOf is the name of a file about something that has a long one.
func nameOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// recall returns the entry of an origin after it has read it in full; nil if there is
// none or it is damaged.
func (c *Cache) recall(ctx context.Context, origin string) (*Copy, error) {
	var m manifest
	var digest, note string
	err := c.locked(ctx, func() error {
		data, err := c.folder.Read(originsDir+"/"+origin, maxList)
		if digest, note, _ = strings.Cut(string(data), "\n"); err != nil || !hexDigest.MatchString(digest) {
			return nil
		}
		if m, err = readManifest(c.path(entriesDir, digest, manifestFile)); err != nil || m.digest() != digest {
			digest = ""
			return nil
		}
		now := time.Now()
		return errors.Join(c.keep(digest), os.Chtimes(c.path(entriesDir, digest, manifestFile), now, now))
	})
	if err != nil || !hexDigest.MatchString(digest) {
		return nil, err
	}
	whole, err := c.verify(ctx, digest, m)
	switch {
	case err != nil:
		return nil, err
	case whole:
		found := c.copyOf(m)
		found.Note = note
		return &found, nil
	}
	return nil, c.locked(ctx, func() error { return c.remove(digest) })
}

// verify reads an entry in full, and reports whether it matches its manifest.
func (c *Cache) verify(ctx context.Context, digest string, m manifest) (bool, error) {
	for _, want := range m.Files {
		name := c.path(entriesDir, digest, filesDir, filepath.FromSlash(want.Name))
		if want.Folder || want.Link != "" {
			continue // checked below
		}
		in, err := regular.Open(name)
		if err != nil {
			return false, nil
		}
		got := File{}
		_, err = got.digest(ctx, in, io.Discard)
		err = errors.Join(err, in.Close())
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil || got.SHA256 != want.SHA256 || got.SHA1 != want.SHA1 {
			return false, nil
		}
	}
	found, err := survey(ctx, c.path(entriesDir, digest, filesDir, m.Base))
	return err == nil && found.alike(m), ctx.Err()
}

// copy copies an original under a temporary name, which it returns.
func (c *Cache) copy(ctx context.Context, original string, m *manifest) (dir string, err error) {
	if err := c.locked(ctx, func() error { return c.makeRoom(m.size()) }); err != nil {
		return "", err
	}
	mine := partialDir + "/" + c.run
	if err := c.folder.MakeDir(mine); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(c.path(mine), "")
	if err != nil {
		return "", err
	}
	dir = mine + "/" + filepath.Base(made)
	files := filepath.Join(made, filesDir)
	if err := os.Mkdir(files, 0o777); err != nil {
		return dir, err
	}
	if err := m.copy(ctx, original, files); err != nil {
		return dir, err
	}
	return dir, durable.SyncDir(files)
}

// enter gives an entry its name, and notes where it is from. It keeps an existing entry
// that is in use and undamaged, and replaces any other. It is called with the lock held.
func (c *Cache) enter(ctx context.Context, dir string, m manifest, note string, origins ...string) error {
	digest := m.digest()
	kept, err := c.keptByAny()
	if err != nil {
		return err
	}
	if kept[digest] {
		whole, err := c.verify(ctx, digest, m)
		if err != nil || whole {
			return errors.Join(err, c.keep(digest), c.discard(dir), c.remember(digest, note, origins))
		}
	}
	data, err := json.Marshal(m)
	if err == nil {
		err = durable.WriteFile(c.path(dir, manifestFile), data)
	}
	if err == nil {
		err = c.remove(digest)
	}
	if err == nil {
		err = c.makeRoom(m.size())
	}
	if err == nil {
		err = c.keep(digest)
	}
	if err == nil {
		err = durable.Rename(c.path(dir), c.path(entriesDir, digest))
	}
	if err == nil {
		err = c.remember(digest, note, origins)
	}
	return err
}

func (c *Cache) remember(digest, note string, origins []string) error {
	var errs []error
	for _, origin := range origins {
		errs = append(errs, durable.WriteFile(c.path(originsDir, origin), []byte(digest+"\n"+note)))
	}
	return errors.Join(errs...)
}
