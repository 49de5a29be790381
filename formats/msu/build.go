package msu

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// firstBuild is the build of Windows Vista, the first one with packages. What is
// smaller in the place of a build is something else.
const firstBuild = 6000

// Builds returns the builds of Windows that the package is for, such as 26100,
// as far as its identity or its parents tell; none if any may do. Versions of
// Windows that share their files, and differ by a package that enables one, have
// the build of the first of them here: 19041 stands for 19045 too.
func (p *Package) Builds() []int {
	switch p.Kind {
	case Cumulative, ServicingStack:
		if b := number(p.Identity.Version, 0); b >= firstBuild {
			return []int{b}
		}
	case LanguagePack, ComponentLanguage, OnDemand, FeaturePack, Other:
		if b := number(p.Identity.Version, 2); b >= firstBuild {
			return []int{b}
		}
	}
	var list []int
	for _, parent := range p.Parents {
		switch b := buildOf(parent.Identity); {
		case b == 0:
		case parent.Build == AtLeast:
			return nil
		case !slices.Contains(list, b):
			list = append(list, b)
		}
	}
	return list
}

// buildOf is the build in the version of a package of Windows: that of a
// cumulative update begins with it, others have it in the third place.
func buildOf(i Identity) int {
	b := 0
	switch {
	case nt.HasPrefix(i.Name, rollupPrefix):
		b = number(i.Version, 0)
	case !nt.HasPrefix(i.Name, "Package_"):
		b = number(i.Version, 2)
	}
	if b < firstBuild {
		return 0
	}
	return b
}

// Release is the build and revision that Windows has with the package, such as
// 26100.4061; empty for one that is no cumulative update.
func (p *Package) Release() string {
	if len(p.Builds()) != 1 || p.Kind != Cumulative {
		return ""
	}
	return fmt.Sprintf("%d.%d", number(p.Identity.Version, 0), number(p.Identity.Version, 1))
}

// number is one of the numbers of a version; 0 if it is not there.
func number(version string, i int) int {
	parts := strings.Split(version, ".")
	if i >= len(parts) {
		return 0
	}
	n, err := strconv.ParseUint(parts[i], 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}
