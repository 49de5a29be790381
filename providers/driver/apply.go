package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
)

// passable refuses images whose drivers can't be changed at all.
func passable(_ context.Context, s image.Session, _ providers.TypedChange[driver]) error {
	return providers.WritableKey(s, `HKLM\SYSTEM`)
}

// run is a batch of changes: the driver store is read once for all of them.
type run struct {
	session image.Session
	host    providers.Host
	store   *driverstore.Store
	held    *held // the store is read again when it has changed
}

func start(ctx context.Context, s image.Session, host providers.Host) (*run, error) {
	h, err := look(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	store, err := driverstore.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	h.store = store.Packages()
	return &run{s, host, store, h}, nil
}

// apply makes the changes. After one fails, it goes on with the next.
func apply(ctx context.Context, s image.Session, host providers.Host, cs []providers.TypedChange[driver]) error {
	r, err := start(ctx, s, host)
	if err != nil {
		return err
	}
	var errs []error
	for i := range cs {
		if cs[i].Action == providers.Delete {
			err = r.remove(ctx, &cs[i].Want)
		} else {
			err = r.put(ctx, &cs[i].Want)
		}
		if ctx.Err() != nil || errors.Is(err, image.ErrReadOnly) {
			return err
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// remove removes all packages that the author named.
func (r *run) remove(ctx context.Context, d *driver) error {
	for _, p := range r.store.Packages() {
		if p.Inbox || !d.means(p.OriginalName, p.Provider, p.Version) || !d.meansStored(p) {
			continue
		}
		if err := r.store.Remove(ctx, p); err != nil {
			return fmt.Errorf("%s (%s): %w", p.OriginalName, p.PublishedName, err)
		}
	}
	return r.unqueue(d.meansQueued)
}

// put adds the packages of a source that fit the image.
func (r *run) put(ctx context.Context, d *driver) error {
	target, err := r.held.aim(d)
	if err != nil {
		return err
	}
	t, err := openTree(ctx, r.host, d)
	if err != nil {
		return err
	}
	defer t.Close()
	found, err := t.packages(ctx, d)
	if err != nil {
		return err
	}
	if err := unchanged(d, found); err != nil {
		return err
	}
	var errs []error
	for _, l := range found {
		l.pack, l.content = d.Packages[l.key()], d.Content[l.key()]
		if !l.content.suits(l.pack, target) {
			continue
		}
		err := r.add(ctx, t, d, l, target)
		if ctx.Err() != nil || errors.Is(err, image.ErrReadOnly) {
			return err
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", t.path(l.inf), err))
		}
	}
	return errors.Join(errs...)
}

// unchanged returns an error if a source differs from what the plan read.
func unchanged(d *driver, found []*loaded) error {
	same := len(found) == len(d.Packages)
	for _, l := range found {
		same = same && d.Packages[l.key()].Digest == l.pack.Digest
	}
	if !same {
		return fmt.Errorf("%s has changed since the plan; plan again", *d.Source)
	}
	return nil
}

// add adds a package. It replaces one with the same INF and other files; other packages that have
// to be removed because of it have steps of their own.
func (r *run) add(ctx context.Context, t *tree, d *driver, l *loaded, target inf.Target) error {
	r.held.store = r.store.Packages()
	if how, err := r.held.has(l.pack, l.content, target); how != "" || err != nil {
		return err
	}
	if errs := obstacles(d, l.key(), target); len(errs) > 0 {
		return errs[0]
	}
	pkg, err := t.importOf(d, l, target)
	if err != nil {
		return err
	}
	gone := r.same(l)
	suits, why := r.store.Suits(pkg, gone...)
	if !suits {
		return r.enqueue(ctx, t, l, pkg, target, why)
	}
	for _, s := range gone {
		if err := r.store.Remove(ctx, s); err != nil {
			return fmt.Errorf("%s (%s), which has the same INF and other files: %w", s.OriginalName, s.PublishedName, err)
		}
	}
	if err := r.unqueue(func(q queued) bool { return q.job == l.jobName(target) }); err != nil {
		return err
	}
	_, err = r.store.Import(ctx, pkg)
	return err
}

// importOf is the package as the driver store imports it.
func (t *tree) importOf(d *driver, l *loaded, target inf.Target) (driverstore.Import, error) {
	pkg := driverstore.Import{Name: path.Base(l.inf), INF: l.data, File: l.file, Package: l.file.Resolve(target)}
	if _, unsigned := d.Content[l.key()].Unsigned[target.Arch.String()]; !unsigned && d.Packages[l.key()].Signer != nil {
		pkg.Signer = *d.Packages[l.key()].Signer
	}
	for _, name := range needed(pkg.Package) {
		if l.actual[name] == "" {
			return pkg, fmt.Errorf("the file %s, which it needs on %s, is not there", name, target)
		}
		pkg.Files = append(pkg.Files, driverstore.File{Path: name, Open: func() (io.ReadCloser, error) { return t.Open(l.actual[name]) }})
	}
	return pkg, nil
}
