package driver

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/inf"
	"github.com/gildhq/gild/ground/regular"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
)

// loaded is a package of a source.
type loaded struct {
	inf     string // the INF, by its name below the source
	file    *inf.File
	data    []byte
	pack    pack
	content content
	digests map[string]providers.Digest // by the name below the INF's folder
	actual  map[string]string           // names below the source, by that name
}

// key is the package's name in the values of the resource, in which each character has only one
// spelling.
func (l *loaded) key() string { return cty.NormalizeString(l.inf) }

// at is a line of the INF, for messages.
func (t *tree) at(name string, line int) string {
	if line == 0 {
		return t.path(name)
	}
	return fmt.Sprintf("%s:%d", t.path(name), line)
}

// load reads an INF and the files that belong to it. It returns nil for one that the filters leave
// out or that installs nothing.
func (t *tree) load(ctx context.Context, d *driver, name string) (*loaded, string, error) {
	data, err := t.read(name)
	if err != nil {
		return nil, "", err
	}
	f, err := inf.Parse(data)
	if err != nil {
		return nil, "", providers.Problemf("source", "Invalid INF file", "%s: %v.", t.path(name), err)
	}
	if err := t.faults(name, f); err != nil {
		return nil, "", err
	}
	l := &loaded{inf: name, file: f, data: data, digests: map[string]providers.Digest{}, actual: map[string]string{}}
	archs := l.describe()
	if len(archs) == 0 {
		return nil, "", nil
	}
	if ok, filter := d.wants(l.pack, l.content.Devices, f); !ok {
		return nil, filter, nil
	}
	for _, arch := range archs {
		if err := t.gather(ctx, l, arch); err != nil {
			return nil, "", err
		}
	}
	l.pack.Digest = l.digest()
	return l, "", nil
}

// faults are reasons for which Windows refuses an INF at once.
func (t *tree) faults(name string, f *inf.File) error {
	for _, p := range f.Problems {
		version := f.Section("Version")
		fatal := version == nil && p.Code == inf.MissingSection || p.Code == inf.Template || p.Code == inf.Excessive ||
			version != nil && p.Line == version.Line && (p.Code == inf.MissingValue || p.Code == inf.BadValue)
		if fatal {
			return providers.Problemf("source", "Invalid INF file", "%s: %s. If it is not the INF of a driver, exclude it.", t.at(name, max(p.Line, 1)), p.Message)
		}
	}
	return nil
}

// describe fills in what the INF itself says, and returns the architectures.
func (l *loaded) describe() []inf.Arch {
	f := l.file
	archs := slices.DeleteFunc(f.Architectures(), func(a inf.Arch) bool { return a == inf.IA64 }) // obsolete on this architecture
	l.pack = pack{
		OriginalName: path.Base(l.inf), Provider: f.Version.Provider, Class: f.Version.Class,
		Version: f.Version.DriverVer.VersionString(), Archs: []string{},
	}
	if date := f.Version.DriverVer.Date; !date.IsZero() {
		l.pack.Date = date.Format(time.DateOnly)
	}
	for _, a := range archs {
		l.pack.Archs = append(l.pack.Archs, a.String())
	}
	l.content = content{
		Targets: []string{}, Files: map[string]string{},
		Missing: map[string][]string{}, Unsigned: map[string]string{}, Store: map[string]string{}, Takes: map[string]map[string]string{},
	}
	for _, a := range archs {
		l.content.Store[a.String()] = driverstore.FolderName(l.pack.OriginalName, a, l.data)
	}
	for _, m := range f.Manufacturers {
		for _, s := range m.Sections {
			if len(s.Models) > 0 {
				l.content.Targets = append(l.content.Targets, s.For.String())
			}
		}
	}
	slices.Sort(l.content.Targets)
	l.content.Targets = slices.Compact(l.content.Targets)
	l.content.Devices = devicesOf(f)
	return archs
}

// devicesOf are the hardware and compatible IDs of all models.
func devicesOf(f *inf.File) []string {
	list := []string{}
	for _, m := range f.Manufacturers {
		for _, s := range m.Sections {
			for i := range s.Models {
				list = append(list, s.Models[i].IDs()...)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// newest is used as the version of Windows while the image's is not known.
const newest = 0xffff

// variants are the targets that an INF distinguishes: the newest Windows first.
func variants(f *inf.File, arch inf.Arch) []inf.Target {
	list := []inf.Target{
		{Arch: arch, Major: 10, Build: newest, ProductType: inf.Workstation},
		{Arch: arch, Major: 10, Build: newest, ProductType: inf.Server},
	}
	for _, m := range f.Manufacturers {
		for _, s := range m.Sections {
			t := inf.Target{Arch: arch, Major: s.For.Major, Minor: s.For.Minor, Build: s.For.Build, ProductType: s.For.ProductType, Suites: s.For.Suites}
			if s.For.Major > 0 && (s.For.Arch == arch || s.For.Arch == inf.AnyArch) && !slices.Contains(list, t) && len(list) < 64 {
				list = append(list, t)
			}
		}
	}
	return list
}

// gather finds the files of a package for an architecture, and what is wrong with them.
func (t *tree) gather(ctx context.Context, l *loaded, arch inf.Arch) error {
	folder, err := fs.Sub(t.FS(), path.Dir(l.inf))
	if err != nil {
		return err
	}
	files := []string{path.Base(l.inf)} // of this architecture
	catalog := ""
	for i, target := range variants(l.file, arch) {
		p := l.file.Resolve(target)
		found, missing, err := p.Locate(folder)
		if err != nil {
			return fmt.Errorf("%s: %w", t.path(l.inf), err)
		}
		if i == 0 {
			catalog = p.Catalog
		}
		for _, name := range sorted(found) {
			if !slices.Contains(files, name) {
				files = append(files, name)
			}
			l.actual[name] = path.Join(path.Dir(l.inf), found[name])
		}
		if i < 2 {
			t.miss(l, arch, p, missing)
		}
	}
	l.actual[files[0]] = l.inf
	for _, name := range files {
		if err := t.digest(ctx, l, name); err != nil {
			return err
		}
	}
	l.content.Takes[arch.String()] = l.takes(l.file.Resolve(variants(l.file, arch)[0]))
	if !t.signatures {
		return nil
	}
	return t.signature(ctx, l, arch, files, catalog)
}

// miss records files that do not exist.
func (t *tree) miss(l *loaded, arch inf.Arch, p *inf.Package, missing []inf.Problem) {
	for _, m := range missing {
		text := fmt.Sprintf("%s: %s", t.at(l.inf, m.Line), m.Message)
		if list := l.content.Missing[arch.String()]; !slices.Contains(list, text) {
			l.content.Missing[arch.String()] = append(list, text)
		}
	}
	for _, q := range p.Problems {
		if q.Code == inf.MissingSource && len(l.file.Version.LayoutFiles) == 0 {
			t.miss(l, arch, &inf.Package{}, []inf.Problem{q})
		}
	}
}

// digest computes the digests of a file, only once.
func (t *tree) digest(ctx context.Context, l *loaded, name string) error {
	if _, ok := l.digests[name]; ok {
		return nil
	}
	actual := l.actual[name]
	if cty.NormalizeString(name) != name {
		return providers.Problemf("source", "Invalid file in source", "%s, a file of %s, has a name in Unicode's decomposed form NFD. Rename it, and save the INF, in the composed form NFC.", t.path(actual), t.path(l.inf))
	}
	info, err := t.Stat(actual)
	if err != nil || !regular.Is(info) {
		return providers.Problemf("source", "Invalid file in source", "%s, a file of %s, is not a regular file in the folder. Replace a link by the file it leads to.", t.path(actual), t.path(l.inf))
	}
	d, err := t.host.Digest(ctx, t.path(actual))
	l.digests[name], l.content.Files[name] = d, d.SHA1
	return err
}
