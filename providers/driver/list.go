package driver

import (
	"context"
	"time"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
)

// named returns what the image has of the packages that an author named, by their published names;
// nil if it has none.
func (h *held) named(d driver) (*driver, error) {
	have := &driver{
		Source: d.Source, OriginalName: d.OriginalName, Provider: d.Provider, Version: d.Version, StoreName: d.StoreName,
		Packages: map[string]pack{}, Applies: map[string]providers.Applies{},
	}
	var inbox *driverstore.Package
	for i, s := range h.store {
		switch {
		case !d.means(s.OriginalName, s.Provider, s.Version) || !d.meansStored(s):
		case s.Inbox:
			inbox = &h.store[i]
		default:
			have.Packages[s.PublishedName] = packOf(s)
			have.Applies[s.PublishedName] = inStore
			ids, err := h.devices(&s, h.target)
			if err != nil {
				return nil, err
			}
			have.Devices = append(have.Devices, ids...)
		}
	}
	for _, q := range h.queue {
		if d.meansQueued(q) {
			have.Packages[q.job] = pack{OriginalName: q.name, Provider: q.provider, Version: q.version, Archs: []string{q.arch}, Digest: q.digest}
			have.Applies[q.job] = providers.Queued
		}
	}
	if len(have.Packages) == 0 && inbox != nil {
		return nil, providers.Problemf("original_name", "Inbox driver", "%s came with Windows and can't be removed: Windows needs its own drivers to be complete.", inbox.OriginalName)
	}
	if len(have.Packages) == 0 {
		return nil, nil
	}
	return have, nil
}

// means reports whether the author named a package.
func (d *driver) means(name, provider, version string) bool {
	return d.OriginalName != nil && nt.Equal(*d.OriginalName, name) &&
		(d.Provider == nil || nt.Equal(*d.Provider, provider)) && (d.Version == nil || *d.Version == version)
}

// meansStored reports whether the author named a package of the store, also by the name of its
// folder.
func (d *driver) meansStored(s driverstore.Package) bool {
	return d.StoreName == nil || nt.Equal(*d.StoreName, s.Key)
}

// meansQueued reports whether the author named a package in the queue.
func (d *driver) meansQueued(q queued) bool {
	return d.StoreName == nil && d.means(q.name, q.provider, q.version)
}

func packOf(s driverstore.Package) pack {
	return pack{
		OriginalName: s.OriginalName, Provider: s.Provider, Class: s.Class, Version: s.Version, Date: dateOf(s),
		Archs: []string{s.Arch}, Signer: providers.Known(s.Signer), Digest: s.Key,
	}
}

func dateOf(s driverstore.Package) string {
	if s.Date.IsZero() {
		return ""
	}
	return s.Date.Format(time.DateOnly)
}

// list returns every package of the driver store.
func list(ctx context.Context, s image.Session) ([]driver, error) {
	all, _, err := driverstore.Packages(ctx, s)
	if err != nil {
		return nil, err
	}
	rows := make([]driver, len(all))
	for i, p := range all {
		ids := p.HardwareIDs
		if ids == nil {
			ids = []string{}
		}
		rows[i] = driver{
			PublishedName: providers.Known(p.PublishedName), OriginalName: providers.Known(p.OriginalName), Provider: providers.Known(p.Provider),
			Class: providers.Known(p.Class), ClassGUID: providers.Known(p.ClassGUID), Version: &p.Version, Date: providers.Known(dateOf(p)), Arch: &p.Arch,
			BootCritical: p.BootCritical, HardwareIDs: ids, Signer: providers.Known(p.Signer), Inbox: &p.Inbox,
			StoreName: providers.Known(p.Key), StoreFolder: providers.Known(p.Folder),
		}
	}
	return rows, nil
}
