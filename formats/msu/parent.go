package msu

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Compare is how a number must compare with that in the version of a parent.
type Compare int

// The comparisons.
const (
	Unsaid Compare = iota // builds must then be equal, and revisions may be any
	Equal
	AtLeast
)

// comparison reads the attributes buildCompare and revisionCompare.
func comparison(s string) Compare {
	switch strings.ToUpper(s) {
	case "EQ":
		return Equal
	case "GE":
		return AtLeast
	}
	return Unsaid
}

// A Parent is a package that another one is for. Its build is all of the version but
// the last number, which is its revision.
type Parent struct {
	Identity
	Build, Revision Compare
}

// isUpdate reports whether the parent is an update, whose version is no build of Windows.
func (p Parent) isUpdate() bool { return nt.HasPrefix(p.Name, "Package_") }

// Accepts reports whether a package is the parent, and of a version that will do. An
// architecture that is not known is any.
func (p Parent) Accepts(i Identity) bool { return p.Names(i) && p.takes(i.Version) }

// Names reports whether a package is the parent, whatever its version.
func (p Parent) Names(i Identity) bool {
	return nt.Equal(p.Name, i.Name) && same(p.Language, i.Language) && (p.Architecture == "" || same(p.Architecture, i.Architecture))
}

func (p Parent) takes(version string) bool {
	if p.isUpdate() {
		return CompareVersions(version, p.Version) >= 0
	}
	wantBuild, wantRevision := split(p.Version)
	build, revision := split(version)
	switch c := CompareVersions(build, wantBuild); {
	case c < 0, c > 0 && p.Build != AtLeast:
		return false
	case c > 0:
		return true
	}
	c := cmp.Compare(number(revision, 0), number(wantRevision, 0))
	return p.Revision == Unsaid || c == 0 || c > 0 && p.Revision == AtLeast
}

// split parts a version into build and revision.
func split(version string) (build, revision string) {
	i := strings.LastIndexByte(version, '.')
	if i < 0 {
		return version, ""
	}
	return version[:i], version[i+1:]
}

// String writes the parent as [ParseParent] reads it: name, how the build must compare
// with which, and if it matters, how the revision must with which:
// Microsoft-Windows-CoreEdition = 10.0.26100 >= 1742.
func (p Parent) String() string {
	name := p.Name
	if p.Language != "" && !strings.EqualFold(p.Language, "neutral") {
		name += "~" + p.Language
	}
	if p.isUpdate() {
		return name + " >= " + p.Version
	}
	build, revision := split(p.Version)
	text := name + " " + p.Build.sign() + " " + build
	if p.Revision != Unsaid {
		text += " " + p.Revision.sign() + " " + revision
	}
	return text
}

func (c Compare) sign() string {
	if c == AtLeast {
		return ">="
	}
	return "="
}

// ParseParent reads what [Parent.String] writes. The architecture is not in it.
func ParseParent(s string) (Parent, error) {
	f := strings.Fields(s)
	if len(f) != 3 && len(f) != 5 {
		return Parent{}, corrupt("%q names no parent", s)
	}
	name, language, _ := strings.Cut(f[0], "~")
	p := Parent{Identity: Identity{Name: name, Language: language, Version: f[2]}, Build: compareOf(f[1])}
	if p.isUpdate() {
		p.Build = Unsaid
		return p, nil
	}
	if len(f) == 5 {
		p.Version, p.Revision = f[2]+"."+f[4], compareOf(f[3])
	} else {
		p.Version += ".0"
	}
	return p, nil
}

func compareOf(sign string) Compare {
	if sign == ">=" {
		return AtLeast
	}
	return Equal
}

// Words says for people which versions of the parent will do.
func (p Parent) Words() string {
	build, revision := split(p.Version)
	switch {
	case p.isUpdate():
		return p.Version + " or later"
	case p.Build == AtLeast && p.Revision == Unsaid:
		return build + " or a later build"
	case p.Build == AtLeast:
		return p.Version + " or later"
	case p.Revision == AtLeast:
		return fmt.Sprintf("%s or a later revision of that build", p.Version)
	case p.Revision == Equal:
		return build + "." + revision
	}
	return "build " + build
}
