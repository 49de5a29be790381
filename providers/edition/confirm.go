package edition

import (
	"context"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// confirm compares the edition with the one that DISM names.
func confirm(_ context.Context, _ image.Session, ask providers.Ask, c providers.TypedChange[edition]) ([]providers.Doubt, error) {
	if c.Have != nil && c.Have.Applies.Waits() {
		return nil, nil
	}
	t, err := ask("/Get-CurrentEdition")
	if err != nil {
		return nil, err
	}
	return viadism.Differs("edition", []string{t.Get("Current Edition")}, *c.Want.Name), nil
}
