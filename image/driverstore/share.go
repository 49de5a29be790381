package driverstore

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
)

// Vendors deliver several packages with one name, for different devices or in different
// versions, that set up one service or copy one file (siblings). They are next to each
// other in the store, but a service has one program. gild uses that of the package that
// Windows would prefer for a device of both, by date and then by version; of two equal
// ones, the one that was added first.

// maxINF is the size, in bytes, up to which an INF file in the store is read.
const maxINF = 16 << 20

// siblings returns the packages that own a service or file, if all of them were added
// under this name and have this provider.
func (d *installed) siblings(name, provider, key string) []Package {
	var list []Package
	k, _ := d.records.Key(key)
	for _, owner := range k.Texts("Owners") {
		if strings.HasPrefix(owner, "!") {
			continue // a former owner
		}
		i := slices.IndexFunc(d.packages, func(p Package) bool { return nt.Equal(p.PublishedName, owner) })
		if i < 0 || d.packages[i].Inbox || !nt.Equal(d.packages[i].OriginalName, name) || !nt.Equal(d.packages[i].Provider, provider) {
			return nil
		}
		list = append(list, d.packages[i])
	}
	return list
}

func (d *installed) siblingsOf(pkg Import, key string) []Package {
	return d.siblings(pkg.Name, pkg.File.Version.Provider, key)
}

// outranks reports whether Windows prefers a package to all its siblings that own a
// service or file.
func (d *installed) outranks(pkg Import, key string) bool {
	siblings, ver := d.siblingsOf(pkg, key), pkg.File.Version.DriverVer
	mine := Package{Date: ver.Date, Version: ver.VersionString()}
	return len(siblings) > 0 && !slices.ContainsFunc(siblings, func(p Package) bool { return compareRank(p, mine) >= 0 })
}

// compareRank compares two drivers for one device as Windows does: by date, then by
// version (Microsoft, "How Windows ranks driver packages").
func compareRank(a, b Package) int {
	return cmp.Or(a.Date.Compare(b.Date), msu.CompareVersions(a.Version, b.Version))
}

// settings are the values of a service that an INF file sets without AddReg.
var settings = []string{"DisplayName", "Description", "ImagePath", "Type", "Start", "ErrorControl", "Group", "DependOnService", "DependOnGroup"}

// serve plans to replace the settings of a service by those of the package.
func (s *Store) serve(x *reflection, key string, v *inf.Service, owners []string) error {
	there := s.values(key)
	var own entries
	if err := x.service(&own, key, v); err != nil {
		return err
	}
	for _, name := range settings {
		_, has := there[nt.Fold(name)]
		if has && !slices.ContainsFunc(own, func(e entry) bool { return e.value.Name == name }) {
			x.stale = append(x.stale, stale{key, name})
		}
	}
	x.entries = append(x.entries, own...)
	if err := x.list(key, "Owners", owners...); err != nil {
		return err
	}
	k, _ := s.records.Key(key)
	_, tagged := there[nt.Fold("Tag")]
	switch {
	case v.LoadOrderGroup == "" && tagged:
		s.freeTag(there)
		x.stale = append(x.stale, stale{key, "Tag"})
	case v.LoadOrderGroup != "" && (!tagged || !nt.Equal(k.Text("Group"), v.LoadOrderGroup)):
		s.freeTag(there)
		x.number(key, "Tag", s.tag(v.LoadOrderGroup))
	}
	x.registry(key, v.Part, false)
	x.registry(services+`\EventLog\System\`+v.Name, v.EventLog, false)
	return nil
}

// settle writes the planned services and files.
func (s *Store) settle(x *reflection) error {
	for _, v := range x.stale {
		if err := s.deleteValue(v.key, v.name); err != nil {
			return err
		}
	}
	return s.write(x.entries)
}

// heir returns the sibling that determines a shared service or file when a package is
// removed; nil if packages that are not siblings own it, too.
func (r *removal) heir(key string) *Package {
	siblings := r.siblings(r.OriginalName, r.Provider, key)
	if len(siblings) == 0 {
		return nil
	}
	best := slices.MaxFunc(siblings, func(a, b Package) int {
		return cmp.Or(compareRank(a, b), -compareNames(a.PublishedName, b.PublishedName))
	})
	return &best
}

// stored returns a package of the store in the form for an import.
func (s *Store) stored(p Package) (*reflection, error) {
	if p.Folder == "" {
		return nil, fmt.Errorf("the files of %s are not in the driver store", p.PublishedName)
	}
	f, err := s.files.Open(p.Folder + "/" + p.INFName())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxINF))
	if err != nil {
		return nil, err
	}
	parsed, err := inf.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.PublishedName, err)
	}
	target := s.target
	if target.Arch, err = inf.ParseArch(p.Arch); err != nil {
		return nil, fmt.Errorf("%s: %w", p.PublishedName, err)
	}
	pkg := Import{Name: p.OriginalName, INF: data, File: parsed, Package: parsed.Resolve(target)}
	return &reflection{recorder: &recorder{pkg: pkg, published: p.PublishedName, name: p.Key, allScopes: s.state.allScopes}}, nil
}

// inheritService gives a service the settings of the remaining sibling.
func (r *removal) inheritService(key string) error {
	heir := r.heir(key)
	if heir == nil {
		return nil
	}
	x, err := r.stored(*heir)
	if err != nil {
		return err
	}
	name := key[len(services)+1:]
	for _, in := range x.pkg.Package.Installs {
		for _, v := range in.Services {
			if !nt.Equal(v.Name, name) {
				continue
			}
			k, _ := r.records.Key(key)
			if err := r.serve(x, key, v, k.Texts("Owners")); err != nil {
				return err
			}
			return r.settle(x)
		}
	}
	return nil
}

// inheritFile gives a file outside the store its content in the package of the
// remaining sibling, and reports whether there is one.
func (r *removal) inheritFile(key, name string) (bool, error) {
	heir := r.heir(key)
	if heir == nil {
		return false, nil
	}
	x, err := r.stored(*heir)
	if err != nil {
		return false, err
	}
	for _, f := range x.pkg.Package.Files {
		for _, c := range f.Copies {
			full, _ := c.Dest.Path(x.pkg.Package.Target.Arch)
			if at, err := image.CleanPath(full); err != nil || !nt.Equal(at, name) {
				continue
			}
			if err := r.copyOut(heir.Folder+"/"+f.Path, name); err != nil {
				return false, err
			}
			x.source(key, f.Path)
			return true, r.settle(x)
		}
	}
	return false, nil
}

// copyOut copies a file of the store to another path in the image.
func (r *removal) copyOut(from, to string) error {
	have, err := r.files.SHA1(to)
	if want, err := r.files.SHA1(from); err != nil || want == have {
		return err
	}
	if ifThere(err) != nil {
		return err
	}
	in, err := r.files.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return r.files.WriteFile(to, in, image.Meta{})
}
