package providers

import (
	"github.com/zclconf/go-cty/cty"
)

// Effect says when a change takes effect, and what makes it effective.
type Effect struct {
	Text string `json:"effect"` // for people: "now, offline"
	// Waits: some or all of the work is left for the first boot. Until then the image is not in the
	// wanted state.
	Waits bool `json:"waits,omitempty"`
}

// Now is the effect of a change made in the image: "offline", "by DISM".
func Now(by string) Effect { return Effect{Text: "now, " + by} }

// AtFirstBoot is the effect of a change that waits for the first boot as a whole.
func AtFirstBoot() Effect { return Effect{Text: string(Queued), Waits: true} }

// With returns the effect with words added.
func (e Effect) With(more string) Effect {
	e.Text += more
	return e
}

// Applies says whether the image has something already: the value of an attribute with that mark
// ([dsl.Attr]), or of each of its elements. Kinds may add values.
type Applies string

const (
	Applied Applies = "now"
	Queued  Applies = "at first boot"
)

// Waits reports whether something waits for the first boot; nil does not.
func (a *Applies) Waits() bool { return a != nil && *a == Queued }

// Waiting reports whether some or all of what Read found in an image waits for its first boot.
func (p *Provider) Waiting(have *cty.Value) bool {
	switch {
	case have == nil:
		return false
	case p.Waits != nil:
		return p.Waits(*have)
	}
	waits := false
	for _, a := range p.Schema {
		if !a.Applies || !have.Type().HasAttribute(a.Name) {
			continue
		}
		_ = cty.Walk(have.GetAttr(a.Name), func(_ cty.Path, v cty.Value) (bool, error) { // the function returns no error
			waits = waits || v.RawEquals(cty.StringVal(string(Queued)))
			return true, nil
		})
	}
	return waits
}
