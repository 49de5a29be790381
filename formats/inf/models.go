package inf

import (
	"slices"
)

// A Manufacturer is a line of [Manufacturer] with the models it lists ("INF
// Manufacturer section").
type Manufacturer struct {
	Name     string
	RawName  string // before strings were substituted
	Line     int
	Sections []ModelsSection // the undecorated one, if any, first
}

// A ModelsSection is one of the sections that list the models of a
// manufacturer. One without models says that there are none for its targets.
type ModelsSection struct {
	Name   string // of the section
	Line   int    // where it starts
	For    Decoration
	Models []Model
}

// A Model is a device that the package drives ("INF Models section").
type Model struct {
	Description     string
	RawDescription  string // before strings were substituted
	Manufacturer    string
	RawManufacturer string
	Section         string // of installation, without decoration
	HardwareID      string // may be empty
	CompatibleIDs   []string
	Line            int
}

// IDs returns the hardware and compatible identifiers, the hardware one first.
func (m *Model) IDs() []string {
	return nonEmpty(append([]string{m.HardwareID}, m.CompatibleIDs...))
}

func (f *File) readManufacturers() {
	s := f.Section("Manufacturer")
	if s == nil {
		return
	}
	used := map[*Section]bool{}
	var names []string
	for i := range s.Lines {
		f.Manufacturers = append(f.Manufacturers, f.manufacturer(&s.Lines[i], used))
		names = append(names, fold(s.Lines[i].Value(0)))
	}
	for _, both := range f.named("DefaultInstall") {
		f.problems.add(both.section.Line, BadValue, "[%s] is not carried out, as [Manufacturer] makes this a driver of devices", both.section.Name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		f.reportUnlisted(name, used)
	}
}

// manufacturer reads a line with the models it names. Each section of models
// is read once, for the first line that names it.
func (f *File) manufacturer(l *Line, used map[*Section]bool) Manufacturer {
	m := Manufacturer{Name: l.Key, RawName: l.rawKey, Line: l.Number}
	if !l.HasKey {
		m.Name, m.RawName = l.Value(0), l.RawValue(0)
	}
	name := l.Value(0)
	if plain := f.Section(name); plain != nil && !used[plain] {
		f.modelsSection(&m, plain, Decoration{}, used)
	} else if plain == nil && len(nonEmpty(l.Values)) <= 1 {
		f.problems.add(l.Number, MissingSection, "there is no section [%s] of models", name)
	}
	for _, text := range nonEmpty(l.Values[1:]) {
		d, err := ParseDecoration(text)
		if err != nil {
			f.problems.add(l.Number, BadValue, "%v", err)
			continue
		}
		s := f.Section(name + "." + text)
		if s == nil {
			f.problems.add(l.Number, MissingSection, "there is no section [%s.%s] of models", name, text)
			s = &Section{Name: name + "." + text}
		}
		f.modelsSection(&m, s, d, used)
	}
	return m
}

func (f *File) modelsSection(m *Manufacturer, s *Section, d Decoration, used map[*Section]bool) {
	if used[s] {
		f.problems.add(m.Line, BadValue, "section [%s] of models is listed twice", s.Name)
		return
	}
	used[s] = true
	models := ModelsSection{Name: s.Name, Line: s.Line, For: d}
	for i := range s.Lines {
		l := &s.Lines[i]
		if !l.HasKey || l.Value(0) == "" {
			f.problems.add(l.Number, Syntax, "a model is written as description = section, identifiers")
			continue
		}
		model := Model{
			Description: l.Key, RawDescription: l.rawKey, Manufacturer: m.Name, RawManufacturer: m.RawName,
			Section: l.Value(0), HardwareID: l.Value(1), Line: l.Number,
		}
		if len(l.Values) > 2 {
			model.CompatibleIDs = nonEmpty(l.Values[2:])
		}
		if len(model.IDs()) == 0 {
			f.problems.add(l.Number, MissingValue, "model %s has no hardware or compatible identifier", quote(l.Key))
		}
		models.Models = append(models.Models, model)
	}
	m.Sections = append(m.Sections, models)
}

// reportUnlisted says which sections of models are there in vain.
func (f *File) reportUnlisted(name string, used map[*Section]bool) {
	for _, d := range f.decorated[name] {
		if !used[d.section] {
			f.problems.add(d.section.Line, BadValue, "section [%s] is not listed in [Manufacturer]: its models are not installed", d.section.Name)
		}
	}
}

// SectionFor returns the models for a target: those of the matching section
// that is closest to it, or nil. A section that names no architecture is for
// x86 ("INF Manufacturer section": required since Windows Server 2003 SP1).
func (m *Manufacturer) SectionFor(t Target) *ModelsSection {
	var best *ModelsSection
	for i := range m.Sections {
		s := &m.Sections[i]
		if !s.For.Matches(t) || s.For.modelsArch() != AnyArch && s.For.modelsArch() != t.Arch {
			continue
		}
		if best == nil || s.For.compare(best.For) > 0 {
			best = s
		}
	}
	return best
}

// modelsArch is the one architecture a section of models so decorated is for;
// AnyArch for a template, which is for all.
func (d Decoration) modelsArch() Arch {
	if d.Arch == AnyArch && !d.Template {
		return X86
	}
	return d.Arch
}

// Architectures returns those that the package installs anything on, in the
// order of their constants.
func (f *File) Architectures() []Arch {
	var found [IA64 + 1]bool
	for i := range f.Manufacturers {
		for _, s := range f.Manufacturers[i].Sections {
			if len(s.Models) > 0 {
				found[s.For.modelsArch()] = true
			}
		}
	}
	for _, d := range f.defaultInstalls() {
		found[d.Arch] = true
	}
	var out []Arch
	for a := X86; a <= IA64; a++ {
		if found[a] || found[AnyArch] && a != IA64 {
			out = append(out, a)
		}
	}
	return out
}

// primitive reports whether the package drives no devices but installs by
// [DefaultInstall], as file system filters do. A file that has both is one for
// devices ("INF DefaultInstall section").
func (f *File) primitive() bool { return len(f.Manufacturers) == 0 }

// defaultInstalls returns the sections of a primitive driver.
func (f *File) defaultInstalls() []decorated {
	if !f.primitive() {
		return nil
	}
	return f.named("DefaultInstall")
}
