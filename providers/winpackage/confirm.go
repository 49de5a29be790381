package winpackage

import (
	"context"
	"slices"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// confirm compares the package with those that DISM lists. DISM does not list hidden packages, so
// confirm skips them.
func confirm(ctx context.Context, s image.Session, ask providers.Ask, c providers.TypedChange[pkg]) ([]providers.Doubt, error) {
	if c.Have != nil && c.Have.Applies.Waits() {
		return nil, nil
	}
	list, err := viadism.Packages(ask)
	if err != nil {
		return nil, err
	}
	all, _, err := servicing.Packages(ctx, s)
	if err != nil {
		return nil, err
	}
	if c.Action != providers.Delete {
		return confirmHeld(c.Have, list, all), nil
	}
	var doubts []providers.Doubt
	for _, p := range all {
		meant := (c.Want.Identity == nil || nt.Equal(p.Identity, *c.Want.Identity)) && (c.Want.KB == nil || nt.Equal(p.KB, *c.Want.KB))
		if meant && !p.Permanent && list.Has(p.Identity) {
			doubts = append(doubts, viadism.Differs("package "+p.Identity, list.Where(viadism.PackageField, p.Identity, "State"), "")...)
		}
	}
	return doubts, nil
}

// confirmHeld looks for the package under the identity that was read back. If DISM does not list
// it, it must be a hidden package.
func confirmHeld(have *pkg, list viadism.Listing, all []servicing.Package) []providers.Doubt {
	if have == nil || have.Installed == nil {
		return nil // reading back has reported it
	}
	identity := *have.Installed
	told := list.Where(viadism.PackageField, identity, "State")
	shown := func(p servicing.Package) bool {
		return nt.Equal(p.Identity, identity) && providers.Is(p.Visible, true)
	}
	if len(told) == 0 && !slices.ContainsFunc(all, shown) {
		return nil
	}
	return viadism.Differs("package "+identity, told, append(viadism.Held(), "Superseded")...)
}
