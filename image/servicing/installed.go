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
		i, err := msu.ParseIdentity(p.Identity)
		switch {
		case err != nil || !p.State.Held():
		case nt.Equal(i.Name, cumulative):
			add(i.Version, 0)
		case slices.ContainsFunc(foundations, func(f string) bool { return nt.Equal(f, i.Name) }):
			add(i.Version, 2)
		}
	}
	slices.Sort(builds)
	return builds
}

// Architecture returns that of the Windows that the packages are of; empty if they do
// not tell.
func Architecture(list []Package) string {
	for _, p := range list {
		i, err := msu.ParseIdentity(p.Identity)
		if err == nil && p.State.Held() && slices.ContainsFunc(foundations, func(f string) bool { return nt.Equal(f, i.Name) }) {
			return strings.ToLower(i.Architecture)
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
		if p.State.Held() && SameThing(p.Identity, of) && (newest == nil || msu.CompareVersions(versionOf(p.Identity), versionOf(newest.Identity)) > 0) {
			newest = p
		}
	}
	return newest
}

// Release is the version of the newest cumulative update that is held; empty if none is.
func Release(list []Package) string {
	newest := ""
	for _, p := range list {
		name, _, _ := strings.Cut(p.Identity, "~")
		if v := versionOf(p.Identity); p.State.Held() && msu.KindOf(name, "") == msu.Cumulative && (newest == "" || msu.CompareVersions(v, newest) > 0) {
			newest = v
		}
	}
	return newest
}

// SameThing tells whether an identity differs from another one in the version
// alone.
func SameThing(identity string, from msu.Identity) bool {
	from.Version = "0"
	stem := strings.TrimSuffix(from.String(), "0")
	return len(identity) > len(stem) && nt.Equal(identity[:len(stem)], stem) && !strings.Contains(identity[len(stem):], "~")
}
