package servicing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
)

// Held reports whether the package is installed, or will be at the next start.
func (s State) Held() bool {
	switch s {
	case InstallPending, PartiallyInstalled, Installed, Permanent:
		return true
	}
	return false
}

// foundations are packages that every Windows or Windows PE has, with the version for
// which its packages are made.
var foundations = []string{"Microsoft-Windows-Foundation-Package", "Microsoft-Windows-WinPE-Package"}

// cumulative is the name of cumulative updates.
const cumulative = "Package_for_RollupFix"

// Builds returns the builds of Windows whose packages suit an image. There are several
// if a version of Windows shares the files of another one: 19045 is 19041 with an
// enablement package. Version is that of the image, major.minor.build.revision.
func Builds(list []Package, version string) []int {
	var builds []int
	add := func(version string, place int) {
		parts := strings.Split(version, ".")
		if place >= len(parts) {
			return
		}
		if n, err := strconv.Atoi(parts[place]); err == nil && n > 0 && !slices.Contains(builds, n) {
			builds = append(builds, n)
		}
	}
	add(version, 2)
	for _, p := range list {
		switch {
		case !p.State.Held():
		case nt.Equal(p.ID.Name, cumulative):
			add(p.ID.Version, 0)
		case p.isFoundation():
			add(p.ID.Version, 2)
		}
	}
	slices.Sort(builds)
	return builds
}

func (p *Package) isFoundation() bool {
	return slices.ContainsFunc(foundations, func(f string) bool { return nt.Equal(f, p.ID.Name) })
}

// Architecture returns the architecture of the Windows with these packages; empty if
// unknown.
func Architecture(list []Package) string {
	for _, p := range list {
		if p.State.Held() && p.isFoundation() {
			return strings.ToLower(p.ID.Architecture)
		}
	}
	return ""
}

// Newest returns the newest held package with the identity's name, architecture and
// language; nil if there is none.
func Newest(list []Package, of msu.Identity) *Package {
	var newest *Package
	for i := range list {
		p := &list[i]
		if p.State.Held() && p.ID.SameThing(of) && (newest == nil || msu.CompareVersions(p.ID.Version, newest.ID.Version) > 0) {
			newest = p
		}
	}
	return newest
}

// Release returns the version of the newest held cumulative update; empty if there is
// none.
func Release(list []Package) string {
	newest := ""
	for _, p := range list {
		if v := p.ID.Version; p.State.Held() && msu.KindOf(p.ID.Name, "") == msu.Cumulative && (newest == "" || msu.CompareVersions(v, newest) > 0) {
			newest = v
		}
	}
	return newest
}
