package servicing

import (
	"context"
	"fmt"
	"slices"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/regread"
)

const optionalFeatures = base + `\Notifications\OptionalFeatures`

// Feature is an optional feature of Windows.
type Feature struct {
	Name    string
	Status  string   // DISM's name, in lower case with underscores; [Unknown]
	Package string   // identity of its package; empty: not known
	State   State    // recorded by that package; NoState: not recorded
	Listed  []string // identities of all packages that list it, that of Package first
}

// Features lists the optional features of the image, by name, and notes of what could
// not be read or is contradictory. Microsoft does not document these keys.
//
// A package lists its content in the key Updates, with a state for each entry. The
// entries of packages that are updates, by their names, are not features. Those of
// language packages are the language's share of a feature in another package. Each
// feature with notifications also has a key in Notifications, with what was selected
// and whether its files were removed.
func Features(ctx context.Context, s image.Session) ([]Feature, []string, error) {
	return once(s, features{}, func(r *regread.Reader) ([]Feature, error) { return readFeatures(ctx, s, r) }, image.CanRegistry)
}

func readFeatures(ctx context.Context, s image.Session, r *regread.Reader) ([]Feature, error) {
	packages, err := recordedIn(ctx, s, r)
	if err != nil {
		return nil, err
	}
	found := map[string]*candidate{}
	for i := range packages {
		if packages[i].holdsFeatures() {
			addUpdates(r, &packages[i], found)
		}
	}
	names, err := r.Subkeys(optionalFeatures)
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	for _, name := range names {
		c := found[nt.Fold(name)]
		if c == nil {
			c = &candidate{Feature: Feature{Name: name, State: NoState}}
			found[nt.Fold(name)] = c
		}
		c.notification(r, name)
	}
	list := make([]Feature, 0, len(found))
	for _, c := range found {
		c.settle(r)
		list = append(list, c.Feature)
	}
	slices.SortFunc(list, func(a, b Feature) int { return nt.Compare(a.Name, b.Name) })
	slices.Sort(r.Notes()) // their order is that of a map
	return list, nil
}

// holdsFeatures reports, by its identity, whether the entries of the package are
// features.
func (p *Package) holdsFeatures() bool {
	return !updateForm.MatchString(p.Identity) && (p.ID.Language == "" || nt.Equal(p.ID.Language, "neutral"))
}

// candidate is a feature while its records are collected.
type candidate struct {
	Feature
	in       *Package // the package of the identity Package
	selected *bool    // from the notification
	removed  bool
}

// addUpdates adds the features in a package.
func addUpdates(r *regread.Reader, p *Package, found map[string]*candidate) {
	k, _ := r.Key(packages + `\` + p.Identity + `\Updates`)
	for _, v := range k.Values {
		if v.Name == "" {
			continue
		}
		c := found[nt.Fold(v.Name)]
		if c == nil {
			c = &candidate{}
			found[nt.Fold(v.Name)] = c
		}
		if c.in != nil && !better(p, c.in) {
			c.Listed = append(c.Listed, p.Identity)
			continue
		}
		c.in = p
		c.Feature = Feature{Name: v.Name, Package: p.Identity, State: NoState, Listed: append([]string{p.Identity}, c.Listed...)}
		if n, ok := k.Number(v.Name); ok && v.Type == hive.RegDword {
			c.State = State(n)
		}
	}
}

// notification adds the data of the feature's key in Notifications.
func (c *candidate) notification(r *regread.Reader, name string) {
	k, _ := r.Key(optionalFeatures + `\` + name)
	if n, ok := k.Number("Selection"); ok && n <= 1 {
		on := n == 1
		c.selected = &on
	}
	n, _ := k.Number("Removed")
	c.removed = n != 0
}

// settle decides on the feature's status.
func (c *candidate) settle(r *regread.Reader) {
	c.Status = Unknown
	on, off := c.State == Installed || c.State == Permanent, c.State == Absent || c.State == Resolved || c.State == Staged
	if c.selected != nil && c.State == NoState && c.in == nil {
		on, off = *c.selected, !*c.selected
	}
	switch {
	case on && c.removed:
		r.Note("feature %s: its state (%s) is enabled, but its files are marked as removed", c.Name, stateText(c.State))
	case c.selected != nil && (on && !*c.selected || off && *c.selected):
		r.Note("feature %s: its state (%s) contradicts what is selected (%t)", c.Name, stateText(c.State), *c.selected)
	case off && c.removed:
		c.Status = disabledWithPayloadRemoved
	case c.State != NoState:
		c.Status = c.State.Feature()
		if c.Status == Unknown {
			r.Note("feature %s: its state %s is not known", c.Name, stateText(c.State))
		}
	case on:
		c.Status = enabled
	case off:
		c.Status = disabled
	default:
		r.Note("feature %s: its state is not known", c.Name)
	}
}
