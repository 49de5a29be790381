package msu

import (
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Kind is what a package is for, which decides when in the servicing of an
// image its turn comes.
type Kind int

// The kinds.
const (
	Other             Kind = iota // such as a foundation or a product
	ServicingStack                // SSU: what installs all others
	Cumulative                    // LCU: the fixes of Windows to date
	DotNet                        // the fixes of .NET Framework to date
	Fix                           // any other fix
	LanguagePack                  // a language of Windows
	ComponentLanguage             // the part of another package that is in a language
	OnDemand                      // a feature on demand, also called a capability
	FeaturePack
)

// String names the kind in words.
func (k Kind) String() string {
	return [...]string{
		"package", "servicing stack update", "cumulative update", ".NET cumulative update",
		"update", "language pack", "language part of a component", "feature on demand", "feature pack",
	}[k]
}

// The names that the packages of Windows' own updates begin with, as the
// servicing folder of any updated Windows 10 or later shows.
const (
	stackPrefix  = "Package_for_ServicingStack"
	rollupPrefix = "Package_for_RollupFix"
	dotNetPrefix = "Package_for_DotNetRollup"
)

// stackComponent is in the names of the manifests of the component that the
// servicing stack is.
const stackComponent = "_microsoft-windows-servicingstack_"

// KindOf tells the kind of a package by its name and its release type, with
// spaces or underscores in it, as far as these do.
func KindOf(name, releaseType string) Kind {
	return kind(&Package{Identity: Identity{Name: name}, ReleaseType: releaseType}, nil)
}

// kind tells the kind of a package by its name; where that says nothing by its
// release type, one of the DISM API (Microsoft Learn, "DismReleaseType
// Enumeration") spelled with spaces; and, among fixes, by the manifest of the
// servicing stack, as its updates were named after their article alone before
// 2021.
func kind(p *Package, files []string) Kind {
	switch name := p.Identity.Name; {
	case nt.HasPrefix(name, stackPrefix):
		return ServicingStack
	case nt.HasPrefix(name, rollupPrefix):
		return Cumulative
	case nt.HasPrefix(name, dotNetPrefix):
		return DotNet
	}
	switch strings.NewReplacer(" ", "", "_", "").Replace(strings.ToLower(p.ReleaseType)) {
	case "languagepack":
		if IsLanguagePack(p.Identity.Name) {
			return LanguagePack
		}
		return ComponentLanguage
	case "ondemandpack":
		return OnDemand
	case "featurepack":
		return FeaturePack
	case "update", "securityupdate", "criticalupdate", "softwareupdate", "updaterollup", "hotfix", "servicepack":
		for _, f := range files {
			if f = strings.ToLower(f); strings.Contains(f, stackComponent) && strings.HasSuffix(f, ".manifest") {
				return ServicingStack
			}
		}
		return Fix
	}
	return Other
}

// IsLanguagePack tells by the name of a package whether it is a language of Windows,
// Windows Server or Windows PE. Others of that release type are what a single component
// has in a language, and are called like it, such as WinPE-Scripting-Package.
func IsLanguagePack(name string) bool {
	const end = "-LanguagePack-Package"
	return len(name) > len(end) && strings.EqualFold(name[len(name)-len(end):], end)
}
