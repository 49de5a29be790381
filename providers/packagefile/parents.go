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

// Parents are the packages of which a package needs one in the image, each in the
// words of [msu.Parent.String]. Cumulative and .NET updates and servicing stacks list
// every edition of Windows there is, which tells no more than their build does.
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

// Demanded is the least build and revision that Windows must have before a cumulative
// update, such as 26100.1742, or the least version of the update that must be there;
// empty if nothing says so.
func Demanded(p *msu.Package) string {
	least := ""
	for _, parent := range p.Parents {
		version := parent.Version
		if msu.KindOf(parent.Name, "") != msu.Cumulative {
			if parent.Revision == msu.Unsaid || !strings.HasPrefix(version, "10.0.") {
				return "" // this one will do, whatever its revision
			}
			version = strings.TrimPrefix(version, "10.0.")
		}
		if least == "" || msu.CompareVersions(version, least) < 0 {
			least = version
		}
	}
	return least
}

// CheckParents tells why no package that an image records is the parent of the one in
// the file that an attribute names. With known, an image that records none of those
// names lacks the parent; otherwise it may have one that it does not record.
func CheckParents(list []servicing.Package, attr, name string, parents []string, known bool) error {
	if len(list) == 0 || len(parents) == 0 {
		return nil
	}
	var wanted []msu.Parent
	var near []string // packages of such a name and another version
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
		return providers.Problemf(attr, "Package is not applicable", "%s is for another version of what the image holds: %s.", name, near[0])
	case known:
		return providers.Problemf(attr, "Package is not applicable", "%s is for an image that holds %s, and this one does not.", name, oneOf(wanted))
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
