package packagefile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

// Parents are the packages of which a package needs one in the image, in the form of
// [msu.Parent.String]. It omits those of cumulative updates, .NET updates and servicing stacks:
// these list every edition of Windows, which says no more than their build.
func Parents(p *msu.Package) []string {
	switch p.Kind {
	case msu.Cumulative, msu.DotNet, msu.ServicingStack:
		return nil
	}
	list := []string{}
	for _, parent := range p.Parents {
		if text := parent.String(); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// Demanded is the build and revision that Windows must have at least before a cumulative update,
// such as 26100.1742, or the version of the update that must be in the image at least; empty if the
// package demands none.
func Demanded(p *msu.Package) string {
	least := ""
	for _, parent := range p.Parents {
		version := parent.Version
		if msu.KindOf(parent.Name, "") != msu.Cumulative {
			if parent.Revision == msu.Unsaid || !strings.HasPrefix(version, "10.0.") {
				return "" // any revision will do
			}
			version = strings.TrimPrefix(version, "10.0.")
		}
		if least == "" || msu.CompareVersions(version, least) < 0 {
			least = version
		}
	}
	return least
}

// CheckParents returns a problem if the image has no parent of the package in the file that an
// attribute names. With known, an image that records no package of these names lacks the parent;
// otherwise the image may have a parent that it does not record.
func CheckParents(list []servicing.Package, attr, name string, parents []string, known bool) error {
	if len(list) == 0 || len(parents) == 0 {
		return nil
	}
	var wanted []msu.Parent
	var near []string // packages with such a name and another version
	for _, text := range parents {
		parent, err := msu.ParseParent(text)
		if err != nil {
			return err
		}
		wanted = append(wanted, parent)
		for _, p := range list {
			if !p.State.Held() && p.State != servicing.Superseded || !parent.Names(p.ID) {
				continue
			}
			if parent.Accepts(p.ID) {
				return nil
			}
			near = append(near, fmt.Sprintf("it holds %s %s, and %s is needed", p.ID.Name, p.ID.Version, parent.Words()))
		}
	}
	switch {
	case len(near) > 0:
		return providers.Problemf(attr, "Package is not applicable", "%s is for another version of a package in the image: %s.", name, near[0])
	case known:
		return providers.Problemf(attr, "Package is not applicable", "%s needs %s, which the image does not have.", name, oneOf(wanted))
	}
	return nil
}

func oneOf(parents []msu.Parent) string {
	var names []string
	for _, p := range parents {
		if !slices.ContainsFunc(names, func(n string) bool { return nt.Equal(n, p.Name) }) {
			names = append(names, p.Name)
		}
	}
	if len(names) > 3 {
		return fmt.Sprintf("%s or another of %d packages", strings.Join(names[:3], ", "), len(names))
	}
	return strings.Join(names, " or ")
}
