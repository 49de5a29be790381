package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/ground/lock"
	"github.com/gildhq/gild/ground/work"
)

// Fetch is something to fetch.
type Fetch struct {
	Origin string // what it is, exactly: who fetches the same at the same time waits
	Name   string // what it is, for messages
	// Fill puts one file or folder into the folder dir, and returns its name there. What
	// it leaves in keep is there again when the same is fetched after a failure, by this
	// run or another one.
	Fill func(dir, keep string) (name string, err error)
	// Admit looks at what was fetched. It returns everything that it is to be found by,
	// and a note to keep with it, or refuses it.
	Admit func(Copy) (origins []string, note string, err error)
}

// Find returns the undamaged entry that was fetched from an origin; nil if there is none.
// It stays until the cache is closed.
func (c *Cache) Find(ctx context.Context, origin string) (*Copy, error) {
	return c.recall(ctx, fetched(origin))
}

func fetched(origin string) string { return nameOf("fetched " + origin) }

// Limit is how many bytes all entries together may have.
func (c *Cache) Limit() int64 { return c.limit }

// Folders in that of a fetch, next to filesDir.
const keepDir = "keep"

// Fetch enters what is fetched as Find finds it, in place of an older entry of its
// origins. If another run fetches the same, it waits and takes the result. The entry
// stays until the cache is closed.
func (c *Cache) Fetch(ctx context.Context, f Fetch) (Copy, error) {
	began := time.Now()
	name := fetched(f.Origin)
	l, err := c.await(ctx, name, f.Name)
	if err != nil {
		return Copy{}, err
	}
	got, err := c.fetch(ctx, f, name, began)
	return got, errors.Join(err, l.Close())
}

// await takes the lock of a fetch.
func (c *Cache) await(ctx context.Context, name, shown string) (*lock.Lock, error) {
	place := c.fetchLock(name)
	place.Path = shown
	for {
		l, err := place.Take("fetch")
		if !errors.As(err, new(*lock.HeldError)) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c content) fetchLock(name string) lock.Place {
	return lock.Place{File: c.path(fetchDir, name+".lock"), Local: true}
}

func (c *Cache) fetch(ctx context.Context, f Fetch, name string, began time.Time) (Copy, error) {
	if info, err := c.folder.Lstat(originsDir + "/" + name); err == nil && info.ModTime().After(began) {
		switch got, err := c.recall(ctx, name); {
		case err != nil:
			return Copy{}, err
		case got != nil: // who was waited for has fetched it
			return *got, nil
		}
	}
	dir := fetchDir + "/" + name
	err := c.folder.RemoveAll(dir + "/" + filesDir)
	for _, make := range []string{dir, dir + "/" + filesDir, dir + "/" + keepDir} {
		if err == nil {
			err = c.folder.MakeDir(make)
		}
	}
	if err != nil {
		return Copy{}, err
	}
	base, err := f.Fill(c.path(dir, filesDir), c.path(dir, keepDir))
	if err != nil { // what is kept stays
		err = errors.Join(err, c.folder.RemoveAll(dir+"/"+filesDir))
		if errors.Is(err, diskFull) || c.folder.Remove(dir+"/"+keepDir) == nil { // it is of no use, or empty
			err = errors.Join(err, c.discard(dir))
		}
		return Copy{}, err
	}
	m, err := c.adopt(ctx, dir, base)
	var got Copy
	if err == nil {
		got, err = c.admit(ctx, f, dir, m)
	}
	if err != nil {
		return Copy{}, errors.Join(err, c.discard(dir))
	}
	return got, nil
}

func (c *Cache) admit(ctx context.Context, f Fetch, dir string, m manifest) (Copy, error) {
	got := c.copyOf(m)
	got.Path = c.path(dir, filesDir, m.Base) // until it is entered
	origins, note, err := f.Admit(got)
	if err != nil {
		return Copy{}, err
	}
	names := []string{fetched(f.Origin)}
	for _, o := range origins {
		names = append(names, fetched(o))
	}
	if err := c.folder.RemoveAll(dir + "/" + keepDir); err != nil {
		return Copy{}, err
	}
	if err := c.locked(ctx, func() error { return c.enter(ctx, dir, m, note, names...) }); err != nil {
		return Copy{}, err
	}
	got = c.copyOf(m)
	got.Note = note
	return got, nil
}

// adopt makes what was fetched durable, and lists it.
func (c *Cache) adopt(ctx context.Context, dir, base string) (manifest, error) {
	root := c.path(dir, filesDir)
	m, err := survey(ctx, filepath.Join(root, base))
	if err != nil {
		return m, err
	}
	for i := range m.Files {
		f := &m.Files[i]
		switch name := filepath.Join(root, filepath.FromSlash(f.Name)); {
		case f.Link != "" && !within(f.Name, f.Link):
			return m, fmt.Errorf("it has a link %s, which leads out of it", f.Name)
		case f.Folder || f.Link != "":
		default:
			if err := f.settle(ctx, name); err != nil {
				return m, err
			}
		}
	}
	return m, errors.Join(m.syncFolders(root), durable.SyncDir(root))
}

// within tells whether a link stays within the folder that the name begins with. Only
// links that are written in the simplest way do for certain.
func within(name, link string) bool {
	link = filepath.ToSlash(link)
	if path.IsAbs(link) || path.Clean(link) != link || strings.ContainsAny(link, `\:`) {
		return false
	}
	first, _, _ := strings.Cut(name, "/")
	to := path.Join(path.Dir(name), link)
	return to == first || strings.HasPrefix(to, first+"/")
}

// settle syncs a file and notes its digests.
func (f *File) settle(ctx context.Context, name string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = f.digest(ctx, file, io.Discard)
	return errors.Join(err, file.Sync(), file.Close())
}

// leftovers are what broken-off downloads have kept.
func (c content) leftovers() (left []entry, total int64, err error) {
	found, err := c.folder.ReadDir(fetchDir)
	for _, d := range found {
		if !d.IsDir() || !hexDigest.MatchString(d.Name()) {
			continue
		}
		if s, err := c.fetchLock(d.Name()).State(); err != nil || s.Alive {
			continue
		}
		e := entry{fetch: fetchDir + "/" + d.Name()}
		walked := filepath.WalkDir(c.path(e.fetch), func(_ string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err == nil && info.Mode().IsRegular() {
				e.size += info.Size()
			}
			if err == nil && info.ModTime().After(e.used) {
				e.used = info.ModTime()
			}
			return err
		})
		if walked == nil {
			left, total = append(left, e), total+e.size
		}
	}
	return left, total, err
}

// SHA256 returns the digest of a file or folder as that of an entry is made, and that of
// the content if it is a file.
func SHA256(ctx context.Context, name string) (Copy, error) {
	return Survey(ctx, name, func(file string) (string, error) {
		in, err := os.Open(file)
		if err != nil {
			return "", err
		}
		var f File
		_, err = f.digest(ctx, work.Reader(ctx, in), io.Discard)
		return f.SHA256, errors.Join(err, in.Close())
	})
}

// Survey is SHA256, with a function that returns the digest of a file's content.
func Survey(ctx context.Context, name string, digest func(file string) (string, error)) (Copy, error) {
	m, err := survey(ctx, name)
	if err != nil {
		return Copy{}, err
	}
	for i := range m.Files {
		f := &m.Files[i]
		if f.Folder || f.Link != "" {
			continue
		}
		if f.SHA256, err = digest(filepath.Join(filepath.Dir(name), filepath.FromSlash(f.Name))); err != nil {
			return Copy{}, err
		}
	}
	return Copy{Path: name, SHA256: m.digest(), Files: m.Files}, nil
}

// Content is the digest of the entry as the world knows it: that of the content of a
// file, and the entry's own for a folder. Size is that of all files.
func (c Copy) Content() (sha string, size int64) {
	if len(c.Files) == 1 && c.Files[0].SHA256 != "" {
		return c.Files[0].SHA256, c.Files[0].Size
	}
	for _, f := range c.Files {
		size += f.Size
	}
	return c.SHA256, size
}
