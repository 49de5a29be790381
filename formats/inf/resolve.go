package inf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxSteps bounds the directives carried out for one target. A section may be
// named any number of times, so the size of the file bounds nothing.
const maxSteps = 1 << 20

// A Package is what an INF says for one target. It must not be changed.
type Package struct {
	Target Target
	// Models are the devices that are driven on the target, in file order.
	Models []Model
	// Installs are the sections of installation of the models, each once, in
	// the order of their first model.
	Installs []*Install
	// DefaultInstall is the installation of a primitive driver, such as a file
	// system filter; nil for a driver of devices.
	DefaultInstall *Install
	// ClassInstall sets up the device class ([ClassInstall32]); nil without.
	ClassInstall *Install
	// InterfaceInstalls set up classes of device interfaces
	// ([InterfaceInstall32]).
	InterfaceInstalls []Interface
	// Files are what the package must have, without the INF and its catalogue.
	Files []PackageFile
	// Catalog is the file that signs the package, in the folder of the INF; empty
	// if it is unsigned.
	Catalog string
	// Needs are the sections of other INFs that are carried out too.
	Needs []Need
	// Exclude are the identifiers that users are not offered for selection; "*"
	// for all ("INF ControlFlags section").
	Exclude []string
	// Problems are those of the file and those met for the target, at most
	// 1,000 of either kind.
	Problems []Problem

	byName map[string]*Install
}

// A resolver resolves a file for one target.
type resolver struct {
	tables
	include []string // of the install section that is being read
	needs   []Need
}

// tables are the sections that others refer to: where files come from and go to, lists of
// files, and registry entries.
type tables struct {
	problems
	file     *File
	target   Target
	steps    int
	sources  *sources
	dests    map[string]*Line
	lists    map[string]*FileList
	registry map[*Section]*RegSection
}

// spend counts a step, and reports whether there may be any more.
func (t *tables) spend(line int) bool {
	t.steps++
	if t.steps == maxSteps {
		t.list = append(t.list, Problem{line, Excessive, fmt.Sprintf("more than %d directives are to be carried out; the rest is left out", maxSteps)})
	}
	return t.steps < maxSteps
}

// Resolve says what is installed on a target, and how.
func (f *File) Resolve(t Target) *Package {
	r := &resolver{tables: tables{file: f, target: t, lists: map[string]*FileList{}, registry: map[*Section]*RegSection{}}}
	r.sources = r.newSources()
	p := &Package{Target: t}
	for i := range f.Manufacturers {
		if s := f.Manufacturers[i].SectionFor(t); s != nil {
			p.Models = append(p.Models, s.Models...)
		}
	}
	r.installs(p)
	if s := f.actual("ClassInstall32", t); s != nil {
		p.ClassInstall = r.install("ClassInstall32", s)
	}
	if s := f.actual("DefaultInstall", t); s != nil && f.primitive() {
		p.DefaultInstall = r.install("DefaultInstall", s)
	}
	if s := f.Section("InterfaceInstall32"); s != nil {
		for i := range s.Lines {
			p.InterfaceInstalls = append(p.InterfaceInstalls, r.interfaceInstall(&s.Lines[i]))
		}
	}
	if len(p.Models) == 0 && p.DefaultInstall == nil {
		r.add(0, Unsupported, "nothing is installed on %s: the package is for %s", t, f.supported())
	}
	r.files(p)
	r.binaries(p)
	r.signature(p)
	r.exclude(p)
	p.Needs = r.needs
	p.Problems = append(slices.Clone(f.Problems), r.list...)
	return p
}

// String names the target: "amd64 10.0.22631".
func (t Target) String() string {
	return fmt.Sprintf("%s %d.%d.%d", t.Arch, t.Major, t.Minor, t.Build)
}

// supported says what the file is for, for a message.
func (f *File) supported() string {
	var names []string
	for _, m := range f.Manufacturers {
		for _, s := range m.Sections {
			name := s.For.String()
			if name == "" {
				name = "x86 (a section of models without architecture)"
			}
			if len(s.Models) > 0 && !slices.Contains(names, name) && len(names) < 20 {
				names = append(names, name)
			}
		}
	}
	for _, d := range f.defaultInstalls() {
		if name := cmp.Or(d.String(), "all"); len(names) < 20 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "nothing: it has neither models nor [DefaultInstall]"
	}
	return strings.Join(names, ", ")
}

// installs reads the sections of installation of the models.
func (r *resolver) installs(p *Package) {
	p.byName = map[string]*Install{}
	for i := range p.Models {
		m := &p.Models[i]
		if _, seen := p.byName[fold(m.Section)]; seen || !r.spend(m.Line) {
			continue
		}
		p.byName[fold(m.Section)] = nil
		s := r.file.actual(m.Section, r.target)
		if s == nil {
			r.add(m.Line, MissingSection, "there is no section [%s] for model %s on %s", m.Section, quote(m.Description), r.target)
			continue
		}
		in := r.install(m.Section, s)
		p.Installs = append(p.Installs, in)
		p.byName[fold(m.Section)] = in
	}
}

// Install returns the installation of a model, or nil when its section is
// missing.
func (p *Package) Install(m *Model) *Install { return p.byName[fold(m.Section)] }

// all returns every installation of the package.
func (p *Package) all() []*Install {
	all := slices.Clone(p.Installs)
	for _, in := range []*Install{p.DefaultInstall, p.ClassInstall} {
		if in != nil {
			all = append(all, in)
		}
	}
	return all
}

// signature finds the catalogue.
func (r *resolver) signature(p *Package) {
	c, ok := r.file.Version.Catalog(r.target)
	if !ok {
		r.add(0, Unsigned, "[Version] names no CatalogFile for %s: the package is unsigned", r.target)
		return
	}
	p.Catalog = r.relative(c.Line, c.Name)
}

// exclude reads ExcludeFromSelect.
func (r *resolver) exclude(p *Package) {
	s := r.file.Section("ControlFlags")
	if s == nil {
		return
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		name, suffix, dotted := strings.Cut(l.Key, ".")
		if !strings.EqualFold(name, "ExcludeFromSelect") {
			continue
		}
		if d, err := ParseDecoration(suffix); dotted && (err != nil || !d.Matches(r.target)) {
			continue
		}
		p.Exclude = append(p.Exclude, nonEmpty(l.Values)...)
	}
}
