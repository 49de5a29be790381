package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/ground/durable"
	"github.com/gildhq/gild/operation/fetch"
	"github.com/gildhq/gild/operation/lock"
	"github.com/gildhq/gild/operation/modules"
	"github.com/gildhq/gild/planner"
)

// Lock brings the lock up to what the configuration names. It fetches what is not on this
// machine, adds what is new, and keeps what is locked, unless that is to be upgraded.
// Warnings are shown.
func (w *Workspace) Lock(ctx context.Context, r LockRequest, front func(hcl.Diagnostics, map[string]*hcl.File)) (*LockResult, error) {
	old, err := readLock()
	if err != nil {
		return nil, err
	}
	if old == nil {
		old = &lock.File{}
	}
	if err := r.known(old); err != nil {
		return nil, err
	}
	r.modules, err = fetchModules(ctx, w, modulePins(old), func(c modules.Call) bool { return r.renews(c.Source) })
	if err != nil {
		return nil, err
	}
	f, err := staging{w}.fetcher(nil)
	if err != nil {
		return nil, err
	}
	defer f.Cache.Close()
	l := &locking{LockRequest: r, fetcher: f, old: old, now: &lock.File{}, pins: map[string]fetch.Pinned{}}
	l.Reading.pin = func(address string) (fetch.Pinned, error) { return l.pinOf(ctx, address) }
	m, diags, err := w.Open(ctx, l.Reading)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	l.m = m
	if err := l.all(ctx, w); err != nil {
		return nil, err
	}
	diags = append(diags, l.diags...)
	if err := Check(diags, m.Config.Files); err != nil {
		return nil, err
	}
	front(diags, m.Config.Files)
	result := l.result()
	if text := result.File.Encode(); !r.Keep {
		err = durable.WriteFile(lock.Name, text)
	}
	return result, err
}

// known refuses addresses that nothing in the lock has.
func (r LockRequest) known(old *lock.File) error {
	var names []string
	for _, e := range old.Entries {
		names = append(names, e.Address)
	}
	for _, a := range r.Addresses {
		if !slices.Contains(names, a) {
			return Explain("Not in the lock", "%s has nothing with the address %q.%s An address is written as in the lock. What is new is locked by gild init.", lock.Name, a, similar.Hint(a, names))
		}
	}
	return nil
}

// locking is a lock while it is made.
type locking struct {
	LockRequest
	m        *Module
	fetcher  *fetch.Fetcher
	old, now *lock.File
	mu       sync.Mutex
	pins     map[string]fetch.Pinned // what addresses mean
	images   map[lock.Key][]string
	diags    hcl.Diagnostics
}

func (l *locking) all(ctx context.Context, w *Workspace) error {
	for _, p := range l.modules {
		l.now.Set(&lock.Entry{Key: lock.Key{Sort: lock.Module, Address: p.Source, Constraint: p.Constraint},
			Version: p.Version, Revision: p.Revision, SHA256: p.SHA256, Size: p.Size})
	}
	plan, diags := planner.Outline(ctx, l.m.Input)
	if err := errors.Join(ctx.Err(), Check(diags, l.m.Config.Files)); err != nil {
		return err
	}
	l.diags = append(l.diags, diags...)
	cs, err := planned(w, plan, l.m)
	if err != nil {
		return err
	}
	if err := cs.describeSources(ctx, l.m); err != nil {
		return err
	}
	l.images = map[lock.Key][]string{}
	for _, c := range cs.list {
		l.images[c.Key] = c.images
		if c.hidden {
			l.diags = append(l.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Not locked", Detail: "The path is sensitive, so it is not written into the lock.", Subject: c.at})
			continue
		}
		if err := l.one(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// pinOf returns what an address means: as it is locked, or what its server says now.
func (l *locking) pinOf(ctx context.Context, address string) (fetch.Pinned, error) {
	if was := l.old.Find(lock.Key{Sort: lock.Payload, Address: address}); was != nil && !l.renews(address) {
		return pinnedAs(was), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if p, known := l.pins[address]; known {
		return p, nil
	}
	p, err := l.fetcher.Resolve(ctx, address, nil)
	if err == nil {
		l.pins[address] = p
	}
	return p, err
}

// one locks a content.
func (l *locking) one(ctx context.Context, c *content) error {
	was := l.old.Find(c.Key)
	if was == nil && len(l.Addresses) > 0 {
		return nil // init adds what is new
	}
	if address.Is(c.Address) && was != nil && !l.renews(c.Address) {
		l.now.Set(was)
		return nil
	}
	now := &lock.Entry{Key: c.Key, Details: c.details}
	if address.Is(c.Address) {
		p, err := l.pinOf(ctx, c.Address)
		if err != nil {
			return err
		}
		got, err := l.fetcher.Get(ctx, p)
		if err != nil {
			return err
		}
		now.Revision, now.SHA256, now.Size = got.Revision, got.SHA256, got.Size
	} else {
		var err error
		if now.SHA256, now.Size, err = c.digest(ctx, l.m.host); err != nil {
			return fmt.Errorf("%s: %w", c.Address, err)
		}
	}
	switch {
	case was == nil || l.renews(c.Address):
		l.now.Set(now)
	case was.SHA256 == now.SHA256:
		l.now.Set(was)
	case l.Keep: // it is only told
		l.now.Set(now)
	case len(l.Addresses) > 0: // it is not asked for, and the next plan refuses it
		l.now.Set(was)
	default:
		l.diags = append(l.diags, c.changed(now.SHA256, was))
	}
	return nil
}

// result compares the lock with what it was. What nothing names stays, unless all is upgraded.
func (l *locking) result() *LockResult {
	r := &LockResult{File: l.now}
	for _, e := range l.now.Entries {
		switch was := l.old.Find(e.Key); {
		case was == nil:
			r.Changes = append(r.Changes, LockChange{New: e, Images: l.images[e.Key]})
		case was.SHA256 != e.SHA256 || was.Version != e.Version || was.Revision != e.Revision:
			r.Changes = append(r.Changes, LockChange{Old: was, New: e, Images: l.images[e.Key]})
		}
	}
	for _, e := range l.old.Entries {
		if l.now.Find(e.Key) != nil {
			continue
		}
		if l.Upgrade && len(l.Addresses) == 0 {
			r.Changes = append(r.Changes, LockChange{Old: e})
			continue
		}
		r.Unused = append(r.Unused, e.Key)
	}
	for _, k := range r.Unused {
		r.File.Set(l.old.Find(k))
	}
	return r
}
