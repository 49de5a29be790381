package imageaccess_test

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/imageaccess"
	"github.com/gildhq/gild/providers/providertest"
)

func accounts(names ...string) cty.Value {
	if len(names) == 0 {
		return cty.SetValEmpty(cty.String)
	}
	var list []cty.Value
	for _, n := range names {
		list = append(list, cty.StringVal(n))
	}
	return cty.SetVal(list)
}

func has(want image.AccessRule) func(*testing.T, *providertest.Image) {
	return func(t *testing.T, m *providertest.Image) {
		a, _ := image.As[image.Access](m)
		if got, err := a.Access(); err != nil || !got.Equal(want) {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}

func TestKind(t *testing.T) {
	providertest.Run(t, imageaccess.Provider(), []providertest.Case{
		{Name: "owner", Set: map[string]cty.Value{"owner": cty.StringVal("tester")}, After: has(image.AccessRule{Owner: "tester"})},
		{Name: "private", Set: map[string]cty.Value{"read": accounts()}, After: has(image.AccessRule{Read: []string{}, Write: []string{}})},
		{Name: "all", Set: map[string]cty.Value{
			"owner": cty.StringVal("tester"), "group": cty.StringVal("group:tester"),
			"read": accounts("Everyone", "tester"), "write": accounts("tester"),
		}, After: has(image.AccessRule{Owner: "tester", Group: "tester", Read: []string{"everyone"}, Write: []string{"tester"}})},
		{Name: "absent", Absent: true, Unchanged: true},
	})
}

func TestRefused(t *testing.T) {
	providertest.Refuse(t, imageaccess.Provider(), []providertest.Refusal{
		{Name: "nothing", Says: "at least one"},
		{Name: "everybody owns", Set: map[string]cty.Value{"owner": cty.StringVal("everyone")}, Attr: "owner", Says: "can't own"},
		{Name: "empty owner", Set: map[string]cty.Value{"owner": cty.StringVal("")}, Attr: "owner", Says: "no name"},
		{Name: "empty group", Set: map[string]cty.Value{"group": cty.StringVal("group:")}, Attr: "group", Says: "no name"},
		{Name: "space", Set: map[string]cty.Value{"read": accounts("a", " b")}, Attr: "read", Says: "no name"},
	})
}

// TestImpossible checks that what the machine can't do is found at plan.
func TestImpossible(t *testing.T) {
	p := imageaccess.Provider()
	m := providertest.NewImage(t, nil, false)
	want := providertest.Value(t, p, map[string]cty.Value{"write": accounts("stranger")})
	want, err := p.Checked(want, false)
	if err != nil {
		t.Fatal(err)
	}
	change := providers.Change{Action: providers.Create, Want: want}
	if err := p.Ways[0].Check(t.Context(), m, change); err == nil || !strings.Contains(err.Error(), "stranger") {
		t.Errorf("got %v", err)
	}
	change.Action = providers.Delete
	if err := p.Ways[0].Check(t.Context(), m, change); err != nil {
		t.Errorf("to take the rule back: %v", err)
	}
}
