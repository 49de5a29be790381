package servicing

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
)

// Held tells whether the package is there, or will be at the next start.
func (s State) Held() bool {
	switch s {
	case InstallPending, PartiallyInstalled, Installed, Permanent:
		return true
	}
	return false
}

// foundations are packages that every Windows of a kind has, under the version
// that its packages are made for.
var foundations = []string{"Microsoft-Windows-Foundation-Package", "Microsoft-Windows-WinPE-Package"}

// cumulative is the name of cumulative updates.
const cumulative = "Package_for_RollupFix"

// Builds returns the builds of Windows that packages for an image can be made
// for. They are more than one where a version of Windows shares the files of
// another one: 19045 is 19041 with a package that enables it. Version is that of
// the image, major.minor.build.revision.
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

// Architecture returns that of the Windows that the packages are of; empty if they do
// not tell.
func Architecture(list []Package) string {
	for _, p := range list {
		if p.State.Held() && p.isFoundation() {
			return strings.ToLower(p.ID.Architecture)
		}
	}
	return ""
}

// Newest returns the newest of the packages that are held and of the identity's
// name, architecture and language; nil if there is none.
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

// Release is the version of the newest cumulative update that is held; empty if none is.
func Release(list []Package) string {
	newest := ""
	for _, p := range list {
		if v := p.ID.Version; p.State.Held() && msu.KindOf(p.ID.Name, "") == msu.Cumulative && (newest == "" || msu.CompareVersions(v, newest) > 0) {
			newest = v
		}
	}
	return newest
}
