package providers

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// AtFirstBoot is a part of the Effect of every change whose work waits for the first
// start of the machine, in whole or in part: until then the image does not hold it.
const AtFirstBoot = "at first boot"

// Unqueued is the effect of a removal of what waits for the first start.
const Unqueued = "now, taken from the queue of the first start"

// Waits tells whether a change with this effect leaves work for the first start.
func Waits(effect string) bool { return strings.Contains(effect, AtFirstBoot) }

// attrApplies is the attribute by which kinds tell how an image holds something, or
// each part of it: now, or at first boot.
const attrApplies = "applies"

// Waiting tells whether what Read found in an image waits for its first start, in
// whole or in part.
func (p *Provider) Waiting(have cty.Value) bool {
	switch {
	case have == cty.NilVal || have.IsNull():
		return false
	case p.Waits != nil:
		return p.Waits(have)
	case !have.Type().HasAttribute(attrApplies):
		return false
	}
	waits := false
	_ = cty.Walk(have.GetAttr(attrApplies), func(_ cty.Path, v cty.Value) (bool, error) { // the function returns no error
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			waits = waits || Waits(v.AsString())
		}
		return true, nil
	})
	return waits
}
