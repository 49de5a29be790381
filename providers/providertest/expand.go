package providertest

import (
	"reflect"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
)

// Expanded is a resource that another one expands to, with its kind and its attributes
// there.
type Expanded struct {
	providers.Child
	Kind string
	Want map[string]cty.Value
}

// Expand checks the resources that one of a kind with Expand expands to: their kinds accept
// them, their names are unique, and no two claim the same thing. It returns them.
func Expand(t testing.TB, p *providers.Provider, kinds []*providers.Provider, set map[string]cty.Value) []Expanded {
	t.Helper()
	want := checked(t, p, Value(t, p, set), false)
	children, err := p.Expand(want, false)
	if err != nil {
		t.Fatalf("Expand: %v", err)
	}
	if again, err := p.Expand(want, false); err != nil || !reflect.DeepEqual(again, children) {
		t.Errorf("expanded twice: %v, %v, first %v", again, err, children)
	}
	names := map[string]bool{}
	var held providers.Claims[string]
	var all []Expanded
	for _, child := range children {
		kind, attrs := providers.Made(kinds, p, child)
		if kind == nil {
			t.Fatalf("%s: no kind makes %T", child.Name, child.Of)
		}
		c := Expanded{child, kind.Kind, attrs}
		all = append(all, c)
		name := c.Kind + "." + c.Name
		if names[name] {
			t.Errorf("there are two resources %s", name)
		}
		names[name] = true
		if c.Attr != "" && p.Schema.Attr(c.Attr) == nil {
			t.Errorf("%s comes from an attribute %q that is not there", name, c.Attr)
		}
		for _, claim := range childClaims(t, kind, c) {
			if by, what, found := held.Conflict(claim); found {
				t.Errorf("%s and %s both decide on the %s", name, by, what)
			}
			held.Add(claim, name)
		}
	}
	return all
}

// childClaims returns the claims of a child after its kind's Check.
func childClaims(t testing.TB, kind *providers.Provider, c Expanded) []providers.Claim {
	t.Helper()
	want, err := kind.Checked(Value(t, kind, c.Want), c.Absent)
	if err != nil {
		t.Errorf("%s.%s: %v", c.Kind, c.Name, err)
		return nil
	}
	if kind.Claims == nil {
		return nil
	}
	return kind.Claims(want, c.Absent)
}

// checked returns a value as the kind's Check, which is pure, leaves it.
func checked(t testing.TB, p *providers.Provider, want cty.Value, absent bool) cty.Value {
	t.Helper()
	first, err := p.Checked(want, absent)
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	again, err := p.Checked(first, absent)
	if err != nil || !again.RawEquals(first) {
		t.Errorf("checked twice: %#v, %v, first %#v", again, err, first)
	}
	return first
}
