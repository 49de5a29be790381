package feature

import (
	"context"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// confirm compares the feature with the features that DISM lists. A feature of another package than
// Windows itself need not be among them.
func confirm(_ context.Context, _ image.Session, ask providers.Ask, c providers.TypedChange[feature]) ([]providers.Doubt, error) {
	const field = "Feature Name"
	thing := "feature " + c.Want.Name
	if c.Have != nil && c.Have.Applies.Waits() {
		return nil, nil
	}
	list, err := viadism.List(ask, field, "/Get-Features")
	told := list.Where(field, c.Want.Name, "State")
	switch {
	case err != nil:
		return nil, err
	case c.Action == providers.Delete && c.Want.RemovePayload != nil:
		return viadism.Differs(thing, told, "Disabled with Payload Removed", "Not Present", ""), nil
	case c.Action == providers.Delete:
		return viadism.Differs(thing, told, "Disabled", "Disable Pending", "Disabled with Payload Removed", "Not Present", ""), nil
	}
	if len(told) == 0 && c.Have != nil && c.Have.Package != nil {
		if list, err = viadism.List(ask, field, "/Get-Features", "/PackageName:"+*c.Have.Package); err != nil {
			return nil, err
		}
		told = list.Where(field, c.Want.Name, "State")
	}
	return viadism.Differs(thing, told, "Enabled", "Enable Pending"), nil
}
