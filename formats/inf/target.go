package inf

import (
	"cmp"
	"fmt"
	"strings"
)

// An Arch is a processor architecture.
type Arch uint8

// The architectures; AnyArch is that of a decoration that names none.
const (
	AnyArch Arch = iota
	X86
	AMD64
	ARM
	ARM64
	IA64
)

var archNames = [...]string{"", "x86", "amd64", "arm", "arm64", "ia64"}

// String is the name as in decorations: "amd64".
func (a Arch) String() string {
	if int(a) < len(archNames) {
		return archNames[a]
	}
	return fmt.Sprintf("Arch(%d)", uint8(a))
}

// ParseArch returns the architecture of a name as in decorations, regardless
// of case.
func ParseArch(name string) (Arch, error) {
	for a := X86; a <= IA64; a++ {
		if strings.EqualFold(name, archNames[a]) {
			return a, nil
		}
	}
	return AnyArch, fmt.Errorf("architecture %q is none of %s", name, strings.Join(archNames[1:], ", "))
}

// Values of [Target.ProductType] and [Decoration.ProductType] (VER_NT_…).
const (
	Workstation      = 1
	DomainController = 2
	Server           = 3
)

// A Target is the Windows installation that drivers are for.
type Target struct {
	Arch                Arch
	Major, Minor, Build uint32 // 10, 0, 22631
	ProductType         uint32 // 0 is taken for [Workstation]
	Suites              uint32 // VER_SUITE_… flags
}

// A Decoration is the suffix of a section's name, NTamd64.10.0...22000, that
// says which targets the section is for (TargetOSVersion; "INF Manufacturer
// section"). The zero Decoration is that of a name without.
type Decoration struct {
	NT          bool // there is a decoration
	Arch        Arch // AnyArch when it names none
	Template    bool // the architecture is $ARCH$
	Major       uint32
	Minor       uint32
	ProductType uint32 // 0: any
	Suites      uint32 // the target must have all
	Build       uint32 // 0: any
}

// ParseDecoration reads a decoration, without the dot before it:
// nt[arch][.[major][.[minor][.[type][.[suites][.[build]]]]]].
func ParseDecoration(text string) (Decoration, error) {
	text = strings.TrimSpace(text)
	if len(text) < 2 || !strings.EqualFold(text[:2], "nt") {
		return Decoration{}, fmt.Errorf("target %q does not start with NT", text)
	}
	arch, version, _ := strings.Cut(text[2:], ".")
	d := Decoration{NT: true, Template: strings.EqualFold(arch, "$arch$")}
	if arch != "" && !d.Template {
		var err error
		if d.Arch, err = ParseArch(arch); err != nil {
			return Decoration{}, fmt.Errorf("target %q: %w", text, err)
		}
	}
	parts := strings.Split(version, ".")
	fields := []*uint32{&d.Major, &d.Minor, &d.ProductType, &d.Suites, &d.Build}
	if len(parts) > len(fields) {
		return Decoration{}, fmt.Errorf("target %q has more than %d fields after the architecture", text, len(fields))
	}
	for i, part := range parts {
		if part == "" {
			continue
		}
		n, err := parseUint(part)
		if err != nil {
			return Decoration{}, fmt.Errorf("target %q: %w", text, err)
		}
		*fields[i] = n
	}
	return d, nil
}

// String is the decoration as in the name of a section, empty for none.
func (d Decoration) String() string {
	if !d.NT {
		return ""
	}
	arch := d.Arch.String()
	if d.Template {
		arch = "$ARCH$"
	}
	fields := [...]struct {
		value  uint32
		format string
		zero   bool // 0 is a value
	}{
		{d.Major, ".%d", false}, {d.Minor, ".%d", d.Major != 0}, {d.ProductType, ".%d", false},
		{d.Suites, ".0x%x", false}, {d.Build, ".%d", false},
	}
	text, pending := "NT"+arch, ""
	for _, field := range fields {
		if field.value == 0 && !field.zero {
			pending += "."
			continue
		}
		text += pending + fmt.Sprintf(field.format, field.value)
		pending = ""
	}
	return text
}

// Matches reports whether a section so decorated is for the target, a section
// without architecture being for all of them.
func (d Decoration) Matches(t Target) bool {
	if d.Arch != AnyArch && d.Arch != t.Arch {
		return false
	}
	if d.ProductType != 0 && d.ProductType != max(t.ProductType, Workstation) {
		return false
	}
	if d.Suites&^t.Suites != 0 {
		return false
	}
	os := cmp.Or(cmp.Compare(d.Major, t.Major), cmp.Compare(d.Minor, t.Minor))
	if d.Major == 0 {
		os = cmp.Compare(d.Minor, 0)
	}
	// The build counts within one version of the system only.
	return os < 0 || os == 0 && (d.Build <= t.Build || d.Major == 0)
}

// compare orders decorations that match one target by how close they are to
// it: the version comes first, then product type and suites, then the
// architecture ("INF Manufacturer section", remarks).
func (d Decoration) compare(e Decoration) int {
	return cmp.Or(
		cmp.Compare(d.Major, e.Major), cmp.Compare(d.Minor, e.Minor), cmp.Compare(d.Build, e.Build),
		compareBool(d.ProductType != 0, e.ProductType != 0),
		cmp.Compare(d.Suites, e.Suites),
		compareBool(d.Arch != AnyArch, e.Arch != AnyArch),
		compareBool(d.Template, e.Template),
		compareBool(d.NT, e.NT),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// decorated is a section whose name ends in a decoration.
type decorated struct {
	Decoration
	section *Section
}

// index notes a section under the name before its decoration.
func (f *File) index(s *Section) {
	name := strings.ToLower(s.Name)
	for at := 0; ; at++ {
		n := strings.Index(name[at:], ".nt")
		if n < 0 {
			return
		}
		at += n
		if d, err := ParseDecoration(name[at+1:]); err == nil {
			base := fold(name[:at])
			f.decorated[base] = append(f.decorated[base], decorated{d, s})
		}
	}
}

// named returns the sections of a name with and without decoration.
func (f *File) named(name string) []decorated {
	all := f.decorated[fold(name)]
	if s := f.Section(name); s != nil {
		all = append([]decorated{{section: s}}, all...)
	}
	return all
}

// actual returns the section that is used for a name on the target: the
// decorated one that is closest to it, else the one of the name itself, else
// nil ("INF DDInstall section").
func (f *File) actual(name string, t Target) *Section {
	best := decorated{section: f.Section(name)}
	for _, candidate := range f.decorated[fold(name)] {
		if !candidate.Matches(t) {
			continue
		}
		if best.section == nil || candidate.compare(best.Decoration) > 0 {
			best = candidate
		}
	}
	return best.section
}
