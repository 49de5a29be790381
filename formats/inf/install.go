package inf

import (
	"strconv"
	"strings"
)

// An Install is what is carried out for a model, or for a primitive driver
// ("INF DDInstall section", "INF DefaultInstall section").
type Install struct {
	Name string // without decoration, as models refer to it
	// Part is the section itself: its AddReg are for the software key of the
	// device.
	Part
	DriverVer    DriverVer // of the section; Line is 0 when it has none
	FeatureScore *uint8    // the lower the better; nil when there is none
	ExcludeIDs   []string
	Services     []*Service
	DelServices  []string
	Interfaces   []Interface
	Wdf          []WdfService
	Components   []Component
	Software     []Software
	// Parts has the sections named after this one, by their extension, of
	// [Extensions]; those that are not there are missing. The AddReg of "HW" are
	// for the hardware key of the device.
	Parts map[string]Part
}

// An Interface is a device interface that AddInterface registers, or a class
// of them that [InterfaceInstall32] sets up.
type Interface struct {
	Class     string // GUID in braces
	Reference string
	Flags     uint32
	Line      int
	Part      Part
}

// A WdfService is a driver of the kernel-mode (KMDF) or user-mode (UMDF)
// driver framework.
type WdfService struct {
	User           bool // UMDF
	Name           string
	LibraryVersion string
	Binary         Dest // of a UMDF driver; a KMDF driver is that of the service
	Line           int
	Part           Part
}

// A Component is a software component AddComponent makes: a device with the
// hardware identifiers SWC\ID.
type Component struct {
	Name        string
	IDs         []string // without SWC\
	Description string
	Line        int
	Part        Part
}

// A Software is what AddSoftware installs.
type Software struct {
	Name    string
	Type    uint32 // 1: run a program, 2: a package of the Store
	Binary  Dest   // the program, of type 1
	ID      string // of the Store's package, of type 2
	Version string
	Line    int
	Part    Part
}

// Extensions are the names of sections that belong to one of installation,
// such as [X.NTamd64.Services] to [X.NTamd64].
func Extensions() []string {
	return []string{"Services", "HW", "CoInstallers", "Interfaces", "Wdf", "Components", "Software",
		"Events", "Filters", "COM", "LogConfigOverride", "FactDef"}
}

// install reads a section of installation and those named after it.
func (r *resolver) install(name string, s *Section) *Install {
	r.include = nil
	in := &Install{Name: name, Part: r.part(s), Parts: map[string]Part{}}
	if include := s.Find("Include"); include != nil {
		r.include = nonEmpty(include.Values)
	}
	for _, extension := range Extensions() {
		if sub := r.file.Section(s.Name + "." + extension); sub != nil {
			in.Parts[extension] = r.part(sub)
		}
	}
	for _, l := range in.Other {
		r.installLine(in, l)
	}
	in.Services = each(in, "Services", "AddService", r.service)
	in.DelServices = each(in, "Services", "DelService", func(l *Line) string { return l.Value(0) })
	in.Interfaces = each(in, "Interfaces", "AddInterface", r.addInterface)
	in.Components = each(in, "Components", "AddComponent", r.component)
	in.Software = each(in, "Software", "AddSoftware", r.software)
	in.Wdf = append(each(in, "Wdf", "KmdfService", r.wdf), each(in, "Wdf", "UmdfService", r.wdf)...)
	return in
}

// each reads the directives of a name in the part of an extension.
func each[T any](in *Install, extension, key string, read func(*Line) T) []T {
	var out []T
	p := in.Parts[extension]
	for _, l := range p.all(key) {
		out = append(out, read(l))
	}
	return out
}

// allParts returns every section of the installation, and those it names.
func (in *Install) allParts() []Part {
	out := []Part{in.Part}
	for _, extension := range Extensions() {
		if p, ok := in.Parts[extension]; ok {
			out = append(out, p)
		}
	}
	for _, i := range in.Interfaces {
		out = append(out, i.Part)
	}
	return out
}

// installLine reads a directive that stands in the section itself only.
func (r *resolver) installLine(in *Install, l *Line) {
	switch fold(l.Key) {
	case "driverver":
		if in.DriverVer.Line == 0 {
			in.DriverVer = r.driverVer(l)
		}
	case "featurescore":
		if in.FeatureScore == nil {
			in.FeatureScore = r.featureScore(l)
		}
	case "excludeid":
		in.ExcludeIDs = append(in.ExcludeIDs, nonEmpty(l.Values)...)
	}
}

// featureScore reads a hexadecimal byte, with or without 0x ("INF FeatureScore
// directive").
func (r *resolver) featureScore(l *Line) *uint8 {
	digits := strings.TrimPrefix(fold(l.Value(0)), "0x")
	n, err := strconv.ParseUint(digits, 16, 8)
	if err != nil {
		r.add(l.Number, BadValue, "FeatureScore %s is not a hexadecimal number from 0x00 to 0xFF", quote(l.Value(0)))
		return nil
	}
	score := uint8(n)
	return &score
}

func (r *resolver) addInterface(l *Line) Interface {
	i := Interface{Class: l.Value(0), Reference: l.Value(1), Flags: r.number(l, 3, "AddInterface flags"), Line: l.Number}
	if name := l.Value(2); name != "" {
		i.Part = r.named(l, name)
	}
	return i
}

// interfaceInstall reads a line of [InterfaceInstall32]: class = section, flags.
func (r *resolver) interfaceInstall(l *Line) Interface {
	return Interface{Class: l.Key, Flags: r.number(l, 1, "InterfaceInstall32 flags"), Line: l.Number, Part: r.named(l, l.Value(0))}
}

// named reads the section a directive names.
func (r *resolver) named(l *Line, name string) Part {
	s := r.file.Section(name)
	if s == nil {
		r.add(l.Number, MissingSection, "%s: there is no section [%s]", l.Key, name)
	}
	return r.part(s)
}

func (r *resolver) wdf(l *Line) WdfService {
	w := WdfService{User: strings.EqualFold(l.Key, "UmdfService"), Name: l.Value(0), Line: l.Number}
	w.Part = r.named(l, l.Value(1))
	if binary := w.Part.value("ServiceBinary"); binary != "" {
		w.Binary = ParseDest(binary)
	}
	w.LibraryVersion = w.Part.value(l.Key[:len("Umdf")] + "LibraryVersion")
	return w
}

func (r *resolver) component(l *Line) Component {
	p := r.named(l, l.Value(2))
	c := Component{Name: l.Value(0), Description: p.value("Description"), Line: l.Number, Part: p}
	if ids := p.find("ComponentIDs"); ids != nil {
		c.IDs = nonEmpty(ids.Values)
	}
	if p.Line != 0 && len(c.IDs) == 0 {
		r.add(p.Line, MissingValue, "section [%s] of component %s has no ComponentIDs", p.Section, c.Name)
	}
	return c
}

func (r *resolver) software(l *Line) Software {
	p := r.named(l, l.Value(2))
	s := Software{
		Name: l.Value(0), Type: r.number(p.find("SoftwareType"), 0, "SoftwareType"),
		ID: p.value("SoftwareID"), Version: p.value("SoftwareVersion"), Line: l.Number, Part: p,
	}
	if binary := p.value("SoftwareBinary"); binary != "" {
		s.Binary = ParseDest(binary)
	}
	return s
}
