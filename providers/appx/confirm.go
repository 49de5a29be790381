package appx

import (
	"context"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// confirm compares the app with the provisioned packages that DISM lists.
func confirm(_ context.Context, _ image.Session, ask providers.Ask, c providers.TypedChange[app]) ([]providers.Doubt, error) {
	const field = "PackageName"
	if c.Have != nil && c.Have.Applies.Waits() {
		return nil, nil
	}
	list, err := viadism.List(ask, field, "/Get-ProvisionedAppxPackages")
	if err != nil {
		return nil, err
	}
	var told []string
	for _, r := range list {
		if i, ok := parseIdentity(r.Get(field)); ok && nt.Equal(i.name, c.Want.Name) {
			told = append(told, i.full)
		}
	}
	thing := "app " + c.Want.Name
	if c.Action == providers.Delete {
		return viadism.Differs(thing, told, ""), nil
	}
	if c.Have == nil || c.Have.PackageName == nil {
		return nil, nil // reading back has reported it
	}
	var doubts []providers.Doubt
	for full := range strings.SplitSeq(*c.Have.PackageName, ", ") {
		if !slices.ContainsFunc(told, func(t string) bool { return nt.Equal(t, full) }) {
			doubts = append(doubts, viadism.Differs(thing, told, full)...)
		}
	}
	return doubts, nil
}
