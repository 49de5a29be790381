package language

import (
	"context"

	"github.com/gildhq/gild/formats/msu"
	"github.com/gildhq/gild/formats/nt"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// confirm compares the language pack with the packages that DISM lists.
func confirm(_ context.Context, _ image.Session, ask providers.Ask, c providers.TypedChange[pack]) ([]providers.Doubt, error) {
	if c.Have != nil && c.Have.Applies.Waits() {
		return nil, nil
	}
	list, err := viadism.Packages(ask)
	if err != nil {
		return nil, err
	}
	if c.Action != providers.Delete {
		if c.Have == nil || c.Have.Installed == nil {
			return nil, nil // the image has the language without a language pack
		}
		identity := *c.Have.Installed
		return viadism.Differs("package "+identity, list.Where(viadism.PackageField, identity, "State"), viadism.Held()...), nil
	}
	var doubts []providers.Doubt
	for _, r := range list {
		identity := r.Get(viadism.PackageField)
		id, err := msu.ParseIdentity(identity)
		if err == nil && nt.Equal(id.Language, *c.Want.Language) && msu.IsLanguagePack(id.Name) && list.Has(identity) {
			doubts = append(doubts, viadism.Differs("package "+identity, []string{r.Get("State")}, "")...)
		}
	}
	return doubts, nil
}
