package capability

import (
	"context"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/viadism"
)

// confirm compares the capability with those that DISM lists.
func confirm(_ context.Context, _ image.Session, ask providers.Ask, c providers.TypedChange[capability]) ([]providers.Doubt, error) {
	const field = "Capability Identity"
	if c.Have != nil && c.Have.Applies.Waits() {
		return nil, nil
	}
	list, err := viadism.List(ask, field, "/Get-Capabilities")
	if err != nil {
		return nil, err
	}
	thing, told := "capability "+c.Want.Name, list.Where(field, c.Want.Name, "State")
	if c.Action == providers.Delete {
		return viadism.Differs(thing, told, "Not Present", "Uninstall Pending", "Staged", "Removed", ""), nil
	}
	return viadism.Differs(thing, told, "Installed", "Install Pending"), nil
}
