package payloadcache

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
	"time"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/regular"
)

// Copy is a copy of a file or folder.
type Copy struct {
	Path   string // its path, with the name of the original
	SHA256 string // of names and contents: its address
	Files  []File // in the order of a walk
}

// Stage returns a copy of the file or folder at a path: an existing undamaged one,
// or a new one. It stays until the cache is closed.
func (c *Cache) Stage(ctx context.Context, original string) (Copy, error) {
	original, err := filepath.Abs(original)
	if err != nil {
		return Copy{}, err
	}
	m, err := survey(ctx, original)
	if err != nil {
		return Copy{}, err
	}
	origin := c.path(originsDir, originName(original, m))
	known, err := c.recall(ctx, origin)
	if err != nil || known != nil {
		return c.copyOf(known), err
	}
	dir, err := c.fetch(ctx, original, &m)
	if err == nil {
		err = c.locked(ctx, func() error { return c.enter(ctx, dir, origin, m) })
	}
	if err != nil {
		return Copy{}, errors.Join(fmt.Errorf("copy %s into the payload cache: %w", original, err), c.removePartial(dir))
	}
	return c.copyOf(&m), nil
}

// removePartial removes an incomplete copy in the folder of this run.
func (c *Cache) removePartial(dir string) error {
	if dir == "" {
		return nil
	}
	return c.folder.RemoveAll(partialDir + "/" + c.run + "/" + filepath.Base(dir))
}

func (c *Cache) copyOf(m *manifest) Copy {
	if m == nil {
		return Copy{}
	}
	digest := m.digest()
	return Copy{Path: c.path(entriesDir, digest, filesDir, m.Base), SHA256: digest, Files: m.Files}
}

// filesDir is where the files of an entry are.
const filesDir = "files"

func originName(original string, m manifest) string {
	sum := sha256.Sum256([]byte(original + "\n" + m.origin()))
	return hex.EncodeToString(sum[:])
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// recall returns the known copy of an original after it has read it in full; nil if
// there is none or it is damaged.
func (c *Cache) recall(ctx context.Context, origin string) (*manifest, error) {
	var m manifest
	var digest string
	err := c.locked(ctx, func() error {
		data, err := c.folder.Read(originsDir+"/"+filepath.Base(origin), maxList)
		if digest = string(data); err != nil || !hexDigest.MatchString(digest) {
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
		return &m, nil
	}
	return nil, c.locked(ctx, func() error { return c.remove(digest) })
}

// verify reads an entry in full, and tells whether it matches its manifest.
func (c *Cache) verify(ctx context.Context, digest string, m manifest) (bool, error) {
	for _, want := range m.Files {
		name := c.path(entriesDir, digest, filesDir, filepath.FromSlash(want.Name))
		if want.Folder || want.Link != "" {
			continue // looked for below
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

// fetch copies an original under a temporary name.
func (c *Cache) fetch(ctx context.Context, original string, m *manifest) (dir string, err error) {
	if err := c.locked(ctx, func() error { return c.makeRoom(m.size()) }); err != nil {
		return "", err
	}
	mine := c.path(partialDir, c.run)
	if err := c.folder.MakeDir(partialDir + "/" + c.run); err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp(mine, ""); err != nil {
		return "", err
	}
	files := filepath.Join(dir, filesDir)
	if err := os.Mkdir(files, 0o777); err != nil {
		return dir, err
	}
	if err := m.fetch(ctx, original, files); err != nil {
		return dir, err
	}
	return dir, durable.SyncDir(files)
}

// enter gives a copy its name. It keeps an existing entry that is in use and
// undamaged, and replaces any other. It is called with the lock held.
func (c *Cache) enter(ctx context.Context, dir, origin string, m manifest) error {
	digest := m.digest()
	to := c.path(entriesDir, digest)
	kept, err := c.keptByAny()
	if err != nil {
		return err
	}
	if kept[digest] {
		whole, err := c.verify(ctx, digest, m)
		if err != nil || whole {
			return errors.Join(err, c.keep(digest), c.removePartial(dir), durable.WriteFile(origin, []byte(digest)))
		}
	}
	data, err := json.Marshal(m)
	if err == nil {
		err = durable.WriteFile(filepath.Join(dir, manifestFile), data)
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
		err = durable.Rename(dir, to)
	}
	if err == nil {
		err = durable.WriteFile(origin, []byte(digest))
	}
	return err
}
