// Package fetch gets what addresses name: payloads and modules that are on servers. What
// it fetched is in the cache, and works without the network from then on.
//
// [Fetcher.Resolve] asks the server what an address, or a version of it, is now;
// [Fetcher.Get] returns it as a file or folder of this machine:
//
//	f := &fetch.Fetcher{Cache: c, Getenv: os.Getenv}
//	pinned, err := f.Resolve(ctx, "git::https://host/modules.git//net?ref=v1", nil)
//	got, err := f.Get(ctx, pinned)   // got.Path, and got.SHA256 for a lock
//
// Get with an address alone takes what was fetched last from it, and asks the server only
// if nothing was. With a digest in it, such as that of a lock, it returns that content or
// fails. All errors name the address, without anything secret, and what to do.
//
// Credentials come from the usual places only: see docs/sources.md. They go to the host
// that they are for, never to another one that it redirects to.
package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-version"

	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/cache"
)

// Fetcher fetches into a cache. It may be used by several goroutines; its fields are set
// before.
type Fetcher struct {
	Cache  *cache.Cache
	Getenv func(string) string
	// Dir is where paths begin.
	Dir string
	// Offline: nothing is fetched, and what is not in the cache is an error that gives it
	// as the reason.
	Offline error
	// Progress is called with what happens; nil: no one is interested. Several goroutines
	// may call it.
	Progress func(Event)
	// Transport is how web servers are reached; nil: as the environment says.
	Transport http.RoundTripper

	once     sync.Once
	logins   []login
	noLogins error // why they are not known

	wait func(ctx context.Context, d time.Duration) error // replaced by tests
}

// Event is what happens while something is fetched.
type Event struct {
	Address     string // as it may be shown
	Done, Total int64  // bytes; a Total of 0 is not known
	Err         error  // why it is tried again, after Wait
	Wait        time.Duration
	Complete    bool
}

// Pinned is an address and what exactly is meant by it. All but the address may be empty.
type Pinned struct {
	Address string `json:"address"`
	// Version is the one that was chosen among those that fit a constraint.
	Version string `json:"version,omitempty"`
	// Revision is the server's name of the content: a commit, a digest, an ETag.
	Revision string `json:"revision,omitempty"`
	// SHA256 is that of the content of the file that is fetched, or of names and contents
	// of the folder; it is not of what Sub of an address names in it.
	SHA256 string `json:"sha256,omitempty"`
	Size   int64  `json:"size,omitempty"`

	// fresh: the server was asked, but has no name for the content, so that only fetching
	// tells what it is.
	fresh bool
}

// Content is what an address names, on this machine.
type Content struct {
	Pinned
	// Path is that of the file or folder. It is not to be changed, and is there until the
	// cache is closed.
	Path string
	// Root is the path of the whole package: what was fetched, unpacked if the address says
	// so. Files are those in it, with their digests and names from the folder of Root on.
	Root  string
	Files []cache.File
}

// Errors that callers tell apart.
var (
	// ErrOffline: it is not in the cache, and must not be fetched.
	ErrOffline = errors.New("it is not on this machine")
	// ErrDigest: it is not what it must be.
	ErrDigest = errors.New("the content is not the one that is expected")
	// ErrNoVersion: there is no version that fits a constraint.
	ErrNoVersion = errors.New("no version fits")
)

// Resolve asks the server what an address is now, or the highest version of it that fits
// a constraint: among the tags of a Git repository or OCI artefact. nil is no constraint.
func (f *Fetcher) Resolve(ctx context.Context, text string, constraint version.Constraints) (Pinned, error) {
	a, err := f.parse(text)
	if err != nil {
		return Pinned{}, err
	}
	p := Pinned{Address: text, SHA256: a.SHA256}
	if len(constraint) > 0 {
		p.Version, err = f.choose(ctx, a, constraint)
		if err != nil {
			return Pinned{}, explain(a, err)
		}
		a.Ref = p.Version
	}
	s, err := f.source(a)
	if err != nil {
		return Pinned{}, explain(a, err)
	}
	if s == nil {
		return p, nil
	}
	if f.Offline != nil {
		return Pinned{}, explain(a, f.Offline)
	}
	if p.Revision, err = s.revision(ctx); err != nil {
		return Pinned{}, explain(a, err)
	}
	p.fresh = p.Revision == "" && p.SHA256 == ""
	return p, nil
}

func (f *Fetcher) parse(text string) (address.Address, error) {
	a, err := address.Parse(text)
	if err != nil {
		return a, fmt.Errorf("invalid address: %w", err)
	}
	if a, err = f.located(a); err != nil {
		return a, explain(a, err)
	}
	return a, nil
}

// source is what is behind an address.
type source interface {
	// revision is the server's name of what it has now; empty: it gives none.
	revision(ctx context.Context) (string, error)
	// fetch puts the revision into the folder dir, as a file or folder with the name that
	// it returns. keep is for what a later try can use.
	fetch(ctx context.Context, revision, dir, keep string) (name string, err error)
}

// source returns nil for a path.
func (f *Fetcher) source(a address.Address) (source, error) {
	switch a.Scheme {
	case address.Local:
		return nil, nil
	case address.Web:
		return &web{f: f, a: a}, nil
	case address.Git:
		return &repository{f: f, a: a}, nil
	case address.OCI:
		return &artefact{f: f, a: a}, nil
	case address.S3:
		return f.stored(a), nil
	}
	return nil, fmt.Errorf("nothing fetches %s", a.Scheme)
}

// Get returns what a pinned address names: from the cache, or from the server.
func (f *Fetcher) Get(ctx context.Context, p Pinned) (Content, error) {
	got, err := f.Package(ctx, p)
	if err != nil {
		return Content{}, err
	}
	got.Path, err = got.Find(p.Address)
	return got, err
}

// Find returns the path of what an address of the package names.
func (c Content) Find(text string) (string, error) {
	a, err := address.Parse(text)
	if err != nil {
		return "", fmt.Errorf("invalid address: %w", err)
	}
	if a.Scheme == address.Local || a.Sub == "." {
		return c.Root, nil
	}
	root, err := os.OpenRoot(c.Root)
	switch {
	case err != nil && a.Sub == filepath.Base(c.Root): // an artefact that is one file
		return c.Root, nil
	case err != nil:
		return "", explain(a, fmt.Errorf("it is a file, in which there is no %s", a.Sub))
	}
	defer root.Close()
	if _, err := root.Stat(filepath.FromSlash(a.Sub)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("it has no file or folder %s", a.Sub)
		}
		return "", explain(a, err)
	}
	return filepath.Join(c.Root, filepath.FromSlash(a.Sub)), nil
}

// Package is Get for all of what an address names a part of.
func (f *Fetcher) Package(ctx context.Context, p Pinned) (Content, error) {
	a, err := f.parse(p.Address)
	if err != nil {
		return Content{}, err
	}
	switch {
	case p.SHA256 == "":
		p.SHA256 = a.SHA256
	case a.SHA256 != "" && a.SHA256 != p.SHA256:
		return Content{}, explain(a, fmt.Errorf("%w: the address says sha256:%s, and it is locked as sha256:%s", ErrDigest, a.SHA256, p.SHA256))
	}
	if p.Version != "" {
		a.Ref = p.Version
	}
	var got Content
	if a.Scheme == address.Local {
		got, err = f.local(ctx, a, p)
	} else {
		got, err = f.get(ctx, a, p)
	}
	if err != nil {
		return Content{}, explain(a, err)
	}
	return got, nil
}

// explain names the address in an error.
func explain(a address.Address, err error) error { return fmt.Errorf("%s: %w", a.Shown(), err) }

func (f *Fetcher) local(ctx context.Context, a address.Address, p Pinned) (Content, error) {
	path := filepath.FromSlash(p.Address)
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.Dir, path)
	}
	c, err := cache.SHA256(ctx, path)
	if err != nil {
		return Content{}, err
	}
	return expect(c, a, p)
}

// expect compares what there is with what it must be.
func expect(c cache.Copy, a address.Address, p Pinned) (Content, error) {
	sum, size := c.Content()
	if p.SHA256 != "" && p.SHA256 != sum {
		return Content{}, fmt.Errorf("%w: it is sha256:%s, and not sha256:%s; if the new content is right, change the checksum or update the lock",
			ErrDigest, sum, p.SHA256)
	}
	p.SHA256, p.Size = sum, size
	return Content{Pinned: p, Path: c.Path, Root: c.Path, Files: c.Files}, nil
}

// get finds the package in the cache, or fetches it.
func (f *Fetcher) get(ctx context.Context, a address.Address, p Pinned) (Content, error) {
	var found *cache.Copy
	if !p.fresh {
		var err error
		if found, err = f.Cache.Find(ctx, origin(a, p)); err != nil {
			return Content{}, err
		}
	}
	if found == nil {
		if f.Offline != nil {
			return Content{}, fmt.Errorf("%w, and %w", ErrOffline, f.Offline)
		}
		var err error
		if found, err = f.fetch(ctx, a, p); err != nil {
			return Content{}, err
		}
	}
	var noted Pinned
	if json.Unmarshal([]byte(found.Note), &noted) == nil && p.Revision == "" {
		p.Revision = noted.Revision
	}
	got, err := expect(*found, a, p)
	if err != nil {
		return Content{}, err
	}
	// An artefact is one file or a folder: what is behind the // is in the file, or is it.
	if info, err := os.Stat(got.Root); err != nil || a.Scheme == address.OCI && (info.IsDir() || a.Sub == filepath.Base(got.Root)) {
		a.Unpack = false
	}
	if a.Unpack {
		return f.unpacked(ctx, a, got)
	}
	return got, nil
}

// origin is what the cache finds a package by: its digest, the server's name for it, or
// only its address.
func origin(a address.Address, p Pinned) string {
	switch {
	case p.SHA256 != "":
		return "sha256:" + p.SHA256 + " " + a.Base()
	case p.Revision != "":
		return a.Package() + "\n" + p.Revision
	}
	return a.Package()
}

func (f *Fetcher) fetch(ctx context.Context, a address.Address, p Pinned) (*cache.Copy, error) {
	s, err := f.source(a)
	if err != nil {
		return nil, err
	}
	if p.Revision == "" {
		if p.Revision, err = s.revision(ctx); err != nil {
			return nil, err
		}
	}
	got, err := f.Cache.Fetch(ctx, cache.Fetch{
		Origin: origin(a, p), Name: a.Shown(),
		Fill: func(dir, keep string) (string, error) { return s.fetch(ctx, p.Revision, dir, keep) },
		Admit: func(c cache.Copy) ([]string, string, error) {
			got, err := expect(c, a, p)
			if err != nil {
				return nil, "", err
			}
			note, err := json.Marshal(got.Pinned)
			return []string{a.Package(), origin(a, Pinned{Revision: p.Revision}), origin(a, got.Pinned)}, string(note), err
		},
	})
	if err != nil {
		return nil, err
	}
	f.tell(Event{Address: a.Shown(), Complete: true})
	return &got, nil
}

func (f *Fetcher) tell(e Event) {
	if f.Progress != nil {
		f.Progress(e)
	}
}

// versioned is a source with versions.
type versioned interface {
	versions(ctx context.Context) ([]string, error)
}

// choose returns the tag of the highest version that fits a constraint.
func (f *Fetcher) choose(ctx context.Context, a address.Address, constraint version.Constraints) (string, error) {
	s, err := f.source(a)
	if err != nil {
		return "", err
	}
	v, ok := s.(versioned)
	switch {
	case !ok:
		return "", errors.New("the address has no versions; versions are tags of a Git repository or an OCI artefact")
	case a.Ref != "":
		return "", fmt.Errorf("the address says %s, and the version is to be %s; leave one of them out", a.Ref, constraint)
	case f.Offline != nil:
		return "", f.Offline
	}
	tags, err := v.versions(ctx)
	if err != nil {
		return "", err
	}
	var best *version.Version
	tag := ""
	for _, t := range tags {
		if have, err := version.NewVersion(t); err == nil && constraint.Check(have) && (best == nil || have.GreaterThan(best)) {
			best, tag = have, t
		}
	}
	if best == nil {
		return "", fmt.Errorf("%w %s; there are %s", ErrNoVersion, constraint, some(tags))
	}
	return tag, nil
}

// some are the versions among tags, the highest first, if they are not too many.
func some(tags []string) string {
	var list []*version.Version
	for _, t := range tags {
		if v, err := version.NewVersion(t); err == nil {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return "no tags that are versions"
	}
	sort.Sort(sort.Reverse(version.Collection(list)))
	var names []string
	for _, v := range list[:min(len(list), 5)] {
		names = append(names, v.Original())
	}
	if len(list) > 5 {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
