package providers

import (
	"github.com/zclconf/go-cty/cty"
)

// Effect is when and by what a change takes effect.
type Effect struct {
	Text string `json:"effect"` // for people: "now, offline"
	// Waits: work is left for the first boot of the machine, in whole or in part. Until
	// then the image does not hold what is wanted.
	Waits bool `json:"waits,omitempty"`
}

// Now is the effect of a change that is made in the image: "offline", "by DISM".
func Now(by string) Effect { return Effect{Text: "now, " + by} }

// AtFirstBoot is the effect of a change that is queued as a whole.
func AtFirstBoot() Effect { return Effect{Text: string(Queued), Waits: true} }

// With returns the effect with more to read.
func (e Effect) With(more string) Effect {
	e.Text += more
	return e
}

// Applies says how an image holds something: the value of an attribute with that mark
// ([dsl.Attr]), or of each element of it. Kinds may have further ones.
type Applies string

const (
	Applied Applies = "now"
	Queued  Applies = "at first boot"
)

// Waits tells whether it is work for the first boot; nil is not.
func (a *Applies) Waits() bool { return a != nil && *a == Queued }

// Waiting tells whether what Read found in an image waits for its first boot, in
// whole or in part.
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
