package providertest

import (
	"reflect"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
)

// Expanded is a resource that another one stands for, with the kind that makes it and the
// attributes that it has there.
type Expanded struct {
	providers.Child
	Kind string
	Want map[string]cty.Value
}

// Expand checks what a resource of a kind with Expand stands for: resources of
// the other kinds, each with a name of its own, that these find no fault with and
// of which no two decide on the same thing. It returns them.
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

// childClaims returns the claims of a resource that another one stands for, when
// its kind has checked it.
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

// checked returns a value as the kind's Check does, which is pure.
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
