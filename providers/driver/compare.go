package driver

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
)

// same tells whether a package of the store is one by that identity in any version.
func same(s driverstore.Package, p pack, arch inf.Arch) bool {
	return !s.Inbox && nt.Equal(s.OriginalName, p.OriginalName) && nt.Equal(s.Provider, p.Provider) && s.Arch == arch.String()
}

// newer returns a package of the store that Windows would prefer to the wanted one
// for one of its devices, as it compares dates before versions; but none that is
// wanted, too. One whose devices are not known counts.
func (h *held) newer(d *driver, name string, t inf.Target) (*driverstore.Package, error) {
	p := d.Packages[name]
	for i := range h.store {
		s := &h.store[i]
		if !same(*s, p, t.Arch) || compare(s, p) <= 0 || d.wanted(*s, t.Arch) {
			continue
		}
		devices, err := h.devices(s)
		if err != nil || len(devices) == 0 || overlap(devices, d.Content[name].Devices) {
			return s, err
		}
	}
	return nil, nil
}

// devices returns the IDs that a package of the store drives. Where Windows has
// not recorded them with the package, as for what is only staged, its INF tells;
// none if that is not there.
func (h *held) devices(s *driverstore.Package) ([]string, error) {
	if len(s.HardwareIDs) > 0 || s.Folder == "" {
		return s.HardwareIDs, nil
	}
	data, err := readFile(h.files, path.Join(s.Folder, s.OriginalName))
	if err != nil {
		return nil, providers.Gone(err)
	}
	f, err := inf.Parse(data)
	if err != nil {
		return nil, nil
	}
	return devicesOf(f), nil
}

// wanted tells whether the resource wants a package that the store has, going by its identity.
func (d *driver) wanted(s driverstore.Package, arch inf.Arch) bool {
	for _, p := range d.Packages {
		if same(s, p, arch) && s.Version == p.Version {
			return true
		}
	}
	return false
}

// compare tells whether a package of the store is newer (1) or older (-1).
func compare(s *driverstore.Package, p pack) int {
	if c := strings.Compare(s.Date.Format(time.DateOnly), p.Date); c != 0 {
		return c
	}
	a, _ := parseVersion(s.Version)
	b, _ := parseVersion(p.Version)
	return slices.Compare(a[:], b[:])
}

func folded(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[nt.Fold(id)] = true
	}
	return set
}

func overlap(a, b []string) bool {
	set := folded(a)
	return slices.ContainsFunc(b, func(id string) bool { return set[nt.Fold(id)] })
}

// within tells whether all of a are in b.
func within(a, b []string) bool {
	set := folded(b)
	return !slices.ContainsFunc(a, func(id string) bool { return !set[nt.Fold(id)] })
}

// replaced are the packages of the store that a package takes the place of:
// those of its identity in the same version, in an earlier one that drives nothing
// else, or, as the author allows, in a newer one.
func (h *held) replaced(d *driver, name string, target inf.Target) ([]driverstore.Package, error) {
	var gone []driverstore.Package
	p, c := d.Packages[name], d.Content[name]
	for _, s := range h.store {
		if !same(s, p, target.Arch) {
			continue
		}
		if s.Version == p.Version {
			gone = append(gone, s)
			continue
		}
		if d.wanted(s, target.Arch) {
			continue
		}
		devices, err := h.devices(&s)
		if err != nil {
			return nil, err
		}
		earlier := compare(&s, p) < 0 && len(devices) > 0 && within(devices, c.Devices)
		newer := compare(&s, p) > 0 && *d.AllowDowngrade && (len(devices) == 0 || overlap(devices, c.Devices))
		if earlier || newer {
			gone = append(gone, s)
		}
	}
	return gone, nil
}
