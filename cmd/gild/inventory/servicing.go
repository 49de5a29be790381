package inventory

import (
	"github.com/gildhq/gild/image/servicing"
	"github.com/gildhq/gild/providers"
)

type statusRow struct {
	StackVersion  *string  `cty:"stack_version"`
	Pending       []string `cty:"pending"`
	LastResetBase *string  `cty:"last_reset_base"`
	Unserviceable bool     `cty:"unserviceable"`
}

func servicingStatus() Inventory {
	return Inventory{
		Name: "servicing", Singleton: true, Columns: []string{"stack_version", "pending", "last_reset_base", "unserviceable"},
		List: single(servicing.ReadStatus, func(s servicing.Status) statusRow {
			return statusRow{providers.Known(s.StackVersion), texts(s.Pending), providers.Known(s.LastResetBase), s.Unserviceable}
		}),
	}
}
