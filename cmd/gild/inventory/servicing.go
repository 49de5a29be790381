package inventory

import "github.com/gildhq/gild/image/servicing"

type featureRow struct {
	Name      string  `cty:"name"`
	State     string  `cty:"state"`
	StateCode *int64  `cty:"state_code"`
	Package   *string `cty:"package"`
}

func features() Inventory {
	return Inventory{
		Name: "feature", Columns: []string{"name", "state"},
		List: listed(servicing.Features, func(f servicing.Feature) featureRow {
			return featureRow{f.Name, f.Status, code(f.State), text(f.Package)}
		}),
	}
}

type capabilityRow struct {
	Name    string  `cty:"name"`
	State   string  `cty:"state"`
	Package *string `cty:"package"`
}

func capabilities() Inventory {
	return Inventory{
		Name: "capability", Columns: []string{"name", "state"},
		List: listed(servicing.Capabilities, func(c servicing.Capability) capabilityRow {
			return capabilityRow{c.Name, c.Status, text(c.Package)}
		}),
	}
}

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
			return statusRow{text(s.StackVersion), texts(s.Pending), text(s.LastResetBase), s.Unserviceable}
		}),
	}
}

// code is the number of a state, null if the image tells none.
func code(s servicing.State) *int64 {
	if s == servicing.NoState {
		return nil
	}
	n := int64(s)
	return &n
}
