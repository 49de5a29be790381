package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/image/online"
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
	held    *held // its store is refreshed where it matters
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

// apply makes changes. What fails does not keep the rest from being done.
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

// remove takes out all packages that the author named.
func (r *run) remove(ctx context.Context, d *driver) error {
	for _, p := range r.store.Packages() {
		if p.Inbox || !d.means(p.OriginalName, p.Provider, p.Version) {
			continue
		}
		if err := r.store.Remove(ctx, p); err != nil {
			return fmt.Errorf("%s (%s): %w", p.OriginalName, p.PublishedName, err)
		}
	}
	return r.unqueue(func(q queued) bool { return d.means(q.name, q.provider, q.version) })
}

// put brings in the packages of a source that are for the image.
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
	keep := map[string]bool{} // folders of the store
	var errs []error
	for _, l := range found {
		c := d.Content[l.inf]
		if !c.suits(l.pack, target) {
			continue
		}
		key, err := r.add(ctx, t, d, l, target)
		if ctx.Err() != nil || errors.Is(err, image.ErrReadOnly) {
			return err
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", t.path(l.inf), err))
			continue
		}
		keep[key] = true
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return r.supersede(ctx, d, target, keep)
}

// unchanged compares a source with what it was when the plan was made.
func unchanged(d *driver, found []*loaded) error {
	same := len(found) == len(d.Packages)
	for _, l := range found {
		same = same && d.Packages[l.inf].Digest == l.pack.Digest
	}
	if !same {
		return fmt.Errorf("%s was changed since the plan was made; plan again", *d.Source)
	}
	return nil
}

// add brings in a package, and returns the name of its folder in the store; none
// if it is queued.
func (r *run) add(ctx context.Context, t *tree, d *driver, l *loaded, target inf.Target) (string, error) {
	r.held.store = r.store.Packages()
	if how, key, err := r.held.has(l.pack, d.Content[l.inf], target); how != "" || err != nil {
		return key, err
	}
	if errs := r.held.obstacles(d, l.inf, target); len(errs) > 0 {
		return "", errs[0]
	}
	pkg, err := t.importOf(d, l, target)
	if err != nil {
		return "", err
	}
	if ok, why := r.store.Suits(pkg); !ok {
		return "", r.enqueue(ctx, t, l, pkg, target, why)
	}
	name, err := r.store.Import(ctx, pkg)
	if err != nil {
		return "", err
	}
	list := r.store.Packages()
	i := slices.IndexFunc(list, func(p driverstore.Package) bool { return strings.EqualFold(p.PublishedName, name) })
	if i < 0 {
		return "", fmt.Errorf("it was imported as %s, which is not in the driver store", name)
	}
	return list[i].Key, nil
}

// importOf is the package as the driver store takes it.
func (t *tree) importOf(d *driver, l *loaded, target inf.Target) (driverstore.Import, error) {
	pkg := driverstore.Import{Name: path.Base(l.inf), INF: l.data, File: l.file, Package: l.file.Resolve(target)}
	if _, unsigned := d.Content[l.inf].Unsigned[target.Arch.String()]; !unsigned && d.Packages[l.inf].Signer != nil {
		pkg.Signer = *d.Packages[l.inf].Signer
	}
	for _, name := range needed(pkg.Package) {
		if l.actual[name] == "" {
			return pkg, fmt.Errorf("the file %s, which it needs on %s, is not there", name, target)
		}
		pkg.Files = append(pkg.Files, driverstore.File{Path: name, Open: func() (io.ReadCloser, error) { return t.Open(l.actual[name]) }})
	}
	return pkg, nil
}

// supersede removes what the packages of a resource take the place of: others of
// the same identity in the same version, in an earlier one that drives nothing
// else, or, as the author allows, in a newer one.
func (r *run) supersede(ctx context.Context, d *driver, target inf.Target, keep map[string]bool) error {
	for _, s := range r.store.Packages() {
		if keep[s.Key] {
			continue
		}
		if gone, err := r.held.superseded(&s, d, target); err != nil {
			return err
		} else if !gone {
			continue
		}
		if err := r.store.Remove(ctx, s); err != nil {
			return fmt.Errorf("%s (%s), which is replaced: %w", s.OriginalName, s.PublishedName, err)
		}
	}
	return r.unqueue(func(q queued) bool {
		for _, p := range d.Packages {
			if q.digest == p.Digest {
				return false
			}
		}
		for _, p := range d.Packages {
			if q.is(p) && q.version == p.Version {
				return true
			}
		}
		return false
	})
}

func (h *held) superseded(s *driverstore.Package, d *driver, target inf.Target) (bool, error) {
	for _, name := range sorted(d.Packages) {
		p, c := d.Packages[name], d.Content[name]
		if !c.suits(p, target) || !same(*s, p, target.Arch) {
			continue
		}
		if s.Version == p.Version {
			return true, nil
		}
		if d.wanted(*s, target.Arch) {
			continue
		}
		devices, err := h.devices(s)
		switch order := compare(s, p); {
		case err != nil:
			return false, err
		case len(devices) == 0: // not known
		case order < 0 && within(devices, c.Devices), order > 0 && *d.AllowDowngrade && overlap(devices, c.Devices):
			return true, nil
		}
	}
	return false, nil
}

// effect says which packages go into the image at once, and which at the first
// start, and why.
func effect(ctx context.Context, s image.Session, host providers.Host, c providers.TypedChange[driver]) (string, error) {
	if c.Action == providers.Delete {
		return now, nil
	}
	r, err := start(ctx, s, host)
	if err != nil {
		return "", err
	}
	target, err := r.held.aim(&c.Want)
	if err != nil {
		return "", err
	}
	t, err := openTree(ctx, host, &c.Want)
	if err != nil {
		return "", err
	}
	defer t.Close()
	found, err := t.packages(ctx, &c.Want)
	if err != nil {
		return "", err
	}
	delayed := map[string][]string{} // by the reason
	count := 0
	for _, l := range found {
		suited := c.Want.Content[l.inf]
		if !suited.suits(l.pack, target) {
			continue
		}
		count++
		pkg, err := t.importOf(&c.Want, l, target)
		if err != nil {
			return "", problem("source", "Incomplete driver", "%s: %v.", t.path(l.inf), err)
		}
		if ok, why := r.store.Suits(pkg); !ok {
			if err := r.deferrable(ctx, l, pkg, target, why); err != nil {
				return "", problem("source", "No way to add a driver", "%s: %v.", t.path(l.inf), err)
			}
			delayed[why] = append(delayed[why], l.inf)
		}
	}
	return effectText(count, delayed), nil
}

// effectText names three packages for each reason of a delay.
func effectText(count int, delayed map[string][]string) string {
	const shown = 3
	var parts []string
	for _, why := range sorted(delayed) {
		names := delayed[why]
		count -= len(names)
		text := strings.Join(names[:min(shown, len(names))], ", ")
		if more := len(names) - shown; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		parts = append(parts, text+", because "+why)
	}
	text := later + ": " + strings.Join(parts, "; ")
	switch {
	case len(delayed) == 0:
		return now
	case count > 0:
		return now + "; " + text
	}
	return text
}

// deferrable tells why Windows could not add a package at its first start either.
func (r *run) deferrable(ctx context.Context, l *loaded, pkg driverstore.Import, target inf.Target, why string) error {
	if err := online.Runnable(ctx, r.session); err != nil {
		return fmt.Errorf("it can't be imported offline, because %s; and %w", why, err)
	}
	if pkg.Signer == "" {
		return fmt.Errorf("it can't be imported offline, because %s; and a running Windows takes no unsigned driver", why)
	}
	j, err := l.job(pkg, target, nil)
	if err == nil {
		err = j.Check()
	}
	return err
}
