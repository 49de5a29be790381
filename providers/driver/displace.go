package driver

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/ground/address"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
)

// displaced returns the packages of the store that a package replaces, or that would keep Windows
// from using it. A package that waits for the first boot replaces only what the author names.
func (h *held) displaced(d *driver, l *loaded, t inf.Target, waits bool) ([]providers.Displaced, error) {
	var all []providers.Displaced
	for i := range h.store {
		s := &h.store[i]
		if s.Inbox || h.isOf(s, l) {
			continue
		}
		goes, refused, err := h.goes(d, l, s, t, waits)
		if err != nil {
			return nil, err
		}
		if goes || refused != nil {
			all = append(all, providers.Displaced{ID: h.idOf(s), By: l.key(), Child: removalOf(s), Refused: refused})
		}
	}
	return all, nil
}

// goes reports whether a package of the store has to be removed for another one, or returns why the
// other one can't be added.
func (h *held) goes(d *driver, l *loaded, s *driverstore.Package, t inf.Target, waits bool) (bool, error, error) {
	if slices.ContainsFunc(d.Replaces, func(name string) bool { return nt.Equal(name, s.OriginalName) }) {
		return true, nil, nil
	}
	if !h.rivals(s, l, t) {
		return false, nil, nil
	}
	theirs, err := h.devices(s, t)
	if err != nil {
		return false, nil, err
	}
	ours := modelIDs(l.file, t)
	if compare(s, l.pack) > 0 {
		switch {
		case len(theirs) > 0 && !overlap(theirs, ours):
			return false, nil, nil
		case *d.AllowDowngrade:
			return true, nil, nil
		}
		return false, &providers.Problem{Attr: "source", Part: l.key(), Summary: "Newer driver in the image", Detail: fmt.Sprintf(
			"The image has %s (%s) in version %s of %s, and %s is version %s of %s. Windows would use the newer one. Set allow_downgrade = true to remove it.",
			s.OriginalName, s.PublishedName, s.Version, s.Date.Format(time.DateOnly), l.inf, l.pack.Version, l.pack.Date)}, nil
	}
	_, unsigned := l.content.Unsigned[t.Arch.String()]
	signed := s.Signer != "" && unsigned // Windows prefers it, whatever its version
	return !waits && !signed && len(theirs) > 0 && within(theirs, ours), nil, nil
}

// rivals reports whether Windows would choose between two packages for a device by date and
// version: they have the same name, provider and class or, for extension drivers, the same
// ExtensionId.
func (h *held) rivals(s *driverstore.Package, l *loaded, t inf.Target) bool {
	v := &l.file.Version
	if !nt.Equal(s.OriginalName, l.pack.OriginalName) || !nt.Equal(s.Provider, l.pack.Provider) || s.Arch != t.Arch.String() || !nt.Equal(s.ClassGUID, v.ClassGUID) {
		return false
	}
	if !nt.Equal(v.ClassGUID, inf.ExtensionClass) {
		return true
	}
	f := h.parsed(s)
	return f != nil && nt.Equal(f.Version.ExtensionID, v.ExtensionID)
}

// removalOf is the resource that removes only this package.
func removalOf(s *driverstore.Package) providers.Child {
	return providers.Child{Name: s.PublishedName, Absent: true, Want: map[string]cty.Value{
		"original_name": cty.StringVal(s.OriginalName), "provider": optional(s.Provider),
		"version": optional(s.Version), "store_name": cty.StringVal(s.Key),
	}}
}

func optional(s string) cty.Value {
	if s == "" || s == driverstore.Unknown {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(s)
}

// isOf reports whether a package of the store has the same INF.
func (h *held) isOf(s *driverstore.Package, l *loaded) bool {
	return h.sameINF(s, l.pack, l.content)
}

// sameINF reports whether a package of the store has this INF file, byte for byte: Windows compares
// nothing else.
func (h *held) sameINF(s *driverstore.Package, p pack, c content) bool {
	return nt.Equal(s.OriginalName, p.OriginalName) && slices.Contains(p.Archs, s.Arch) && h.sumOf(s) == c.Files[p.OriginalName]
}

// idOf identifies a package of the store by its INF.
func (h *held) idOf(s *driverstore.Package) string {
	return packageID(s.OriginalName, s.Arch, h.sumOf(s))
}

func packageID(name, arch, sum string) string { return nt.Fold(name) + " " + arch + " " + sum }

// infOf is the INF file of a package in the store.
func infOf(s *driverstore.Package) string { return path.Join(s.Folder, s.OriginalName) }

// devices returns the IDs that a package of the store drives on a Windows: those on record and
// those in its INF, since a package that is only staged has none on record. None if neither is
// known.
func (h *held) devices(s *driverstore.Package, t inf.Target) ([]string, error) {
	ids := slices.Clone(s.HardwareIDs)
	if f := h.parsed(s); f != nil {
		if arch, err := inf.ParseArch(s.Arch); err == nil {
			t.Arch = arch
		}
		ids = append(ids, modelIDs(f, t)...)
	}
	slices.SortFunc(ids, nt.Compare)
	return slices.CompactFunc(ids, nt.Equal), nil
}

// modelIDs are the hardware and compatible IDs of what an INF installs on a Windows.
func modelIDs(f *inf.File, t inf.Target) []string {
	var ids []string
	for i, models := 0, f.Resolve(t).Models; i < len(models); i++ {
		ids = append(ids, models[i].IDs()...)
	}
	return ids
}

// versions warns of packages between which Windows has to choose.
func versions(wants []driver) map[int][]*providers.Problem {
	type wanted struct {
		of   int
		key  string
		pack pack
		content
	}
	groups := map[string][]wanted{}
	for i := range wants {
		for _, key := range sorted(wants[i].Packages) {
			p := wants[i].Packages[key]
			id, c := nt.Fold(p.OriginalName)+"|"+nt.Fold(p.Provider)+"|"+nt.Fold(p.Class), wants[i].Content[key]
			sameINF := func(w wanted) bool { return w.Files[w.pack.OriginalName] == c.Files[p.OriginalName] }
			if !slices.ContainsFunc(groups[id], sameINF) {
				groups[id] = append(groups[id], wanted{i, key, p, c})
			}
		}
	}
	told := map[int][]*providers.Problem{}
	for _, id := range sorted(groups) {
		g := groups[id]
		for j := range g {
			for i := range j {
				a, b := &g[i], &g[j]
				shared := common(a.Devices, b.Devices)
				if len(shared) == 0 || !slices.ContainsFunc(a.pack.Archs, func(arch string) bool { return slices.Contains(b.pack.Archs, arch) }) {
					continue
				}
				told[b.of] = append(told[b.of], choice(path.Join(folderOf(&wants[a.of]), a.key), path.Join(folderOf(&wants[b.of]), b.key), a.pack, b.pack, shared))
			}
		}
	}
	return told
}

// folderOf is the folder to which the names of a resource's packages are relative.
func folderOf(d *driver) string {
	if d.Source == nil {
		return ""
	}
	if isINF(*d.Source) {
		return address.Dir(*d.Source)
	}
	return *d.Source
}

// choice says which of two packages Windows uses for a device that both drive.
func choice(first, second string, a, b pack, shared []string) *providers.Problem {
	devices := shared[0]
	if more := len(shared) - 1; more > 0 {
		devices += fmt.Sprintf(" and %d more", more)
	}
	detail := fmt.Sprintf("%s has version %s of %s, and %s version %s of %s. Both come into the image. For %s, which both drive, ",
		first, a.Version, a.Date, second, b.Version, b.Date, devices)
	c := compareVersions(a, b)
	better := b.Version + " (" + second + ")"
	if c > 0 {
		better = a.Version + " (" + first + ")"
	}
	if c == 0 {
		detail += "Windows may use either: it prefers the later date and then the higher version, and these are the same."
	} else {
		detail += "Windows uses " + better + ": it prefers the later date, and then the higher version."
	}
	return &providers.Problem{Attr: "source", Summary: "Two versions of a driver", Detail: detail}
}

func compareVersions(a, b pack) int {
	x, _ := parseVersion(a.Version)
	y, _ := parseVersion(b.Version)
	return cmp.Or(cmp.Compare(a.Date, b.Date), slices.Compare(x[:], y[:]))
}
