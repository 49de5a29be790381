package driver

import (
	"context"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/image/driverstore"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// Fields of the drivers that DISM lists.
const (
	fileField     = "Original File Name"
	providerField = "Provider Name"
	versionField  = "Version"
)

// confirm compares the packages with those that DISM lists: all except Windows' own.
func confirm(ctx context.Context, s image.Session, ask providers.Ask, c providers.TypedChange[driver]) ([]providers.Doubt, error) {
	list, err := viadism.List(ask, fileField, "/Get-Drivers")
	if err != nil {
		return nil, err
	}
	if c.Action == providers.Delete {
		return confirmGone(ctx, s, &c.Want, list)
	}
	store, err := driverstore.Named(ctx, s, c.Want.names()...)
	if err != nil || c.Have == nil {
		return nil, err
	}
	var doubts []providers.Doubt
	for _, key := range sorted(c.Have.Applies) {
		p := c.Have.Packages[key]
		ofWindows := func(have driverstore.Package) bool {
			return have.Inbox && nt.Equal(have.OriginalName, p.OriginalName) && have.Version == p.Version
		}
		if c.Have.Applies[key] != inStore || slices.ContainsFunc(store, ofWindows) {
			continue
		}
		told := list.Where(fileField, p.OriginalName, versionField)
		if !slices.ContainsFunc(told, func(v string) bool { return msu.CompareVersions(v, p.Version) == 0 }) {
			doubts = append(doubts, viadism.Differs("driver "+p.OriginalName, told, p.Version)...)
		}
	}
	return doubts, nil
}

// confirmGone returns the packages that the author named and DISM still lists. DISM's list can't
// tell apart packages of the same name and version: if only one of several is to be removed, DISM
// must not list more than the image holds.
func confirmGone(ctx context.Context, s image.Session, want *driver, list viadism.Listing) ([]providers.Doubt, error) {
	others := 0
	if want.StoreName != nil {
		store, err := driverstore.Named(ctx, s, want.names()...)
		if err != nil {
			return nil, err
		}
		for _, p := range store {
			if !p.Inbox && want.means(p.OriginalName, p.Provider, p.Version) && !want.meansStored(p) {
				others++
			}
		}
	}
	var doubts []providers.Doubt
	for _, r := range list {
		if strings.EqualFold(r.Get("Inbox"), "Yes") || !want.means(r.Get(fileField), r.Get(providerField), r.Get(versionField)) {
			continue
		}
		if others--; others < 0 {
			doubts = append(doubts, viadism.Differs("driver "+r.Get(fileField), []string{r.Get(versionField)}, "")...)
		}
	}
	return doubts, nil
}
