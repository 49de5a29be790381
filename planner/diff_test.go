package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

var diffSchema = dsl.Schema{
	{Name: "name", Type: cty.String, Key: true},
	{Name: "text", Type: cty.String},
	{Name: "folded", Type: cty.String, Fold: true},
	{Name: "hint", Type: cty.String, Hint: true},
	{Name: "count", Type: cty.Number},
	{Name: "list", Type: cty.List(cty.String)},
	{Name: "set", Type: cty.Set(cty.String), Fold: true},
	{Name: "map", Type: cty.Map(cty.String)},
	{Name: "any", Type: cty.DynamicPseudoType},
	{Name: "block", Nested: dsl.Schema{{Name: "a", Type: cty.String, Fold: true}, {Name: "b", Type: cty.String, Hint: true}}},
}

// object makes a value of the schema; attributes that are not given are null.
func object(schema dsl.Schema, attrs map[string]cty.Value) cty.Value {
	all := map[string]cty.Value{}
	for _, a := range schema {
		all[a.Name] = cty.NullVal(a.ValueType())
		if v, ok := attrs[a.Name]; ok {
			all[a.Name] = v
		}
	}
	return cty.ObjectVal(all)
}

func texts(ss ...string) []cty.Value {
	vs := make([]cty.Value, len(ss))
	for i, s := range ss {
		vs[i] = cty.StringVal(s)
	}
	return vs
}

func TestDiff(t *testing.T) {
	type attrs = map[string]cty.Value
	str := cty.StringVal
	blocks := func(a, b string) cty.Value {
		return cty.ListVal([]cty.Value{object(diffSchema.Attr("block").Nested, attrs{"a": str(a), "b": str(b)})})
	}
	for _, tt := range []struct {
		name       string
		want, have attrs // nil: not there
		absent     bool
		action     providers.Action
		attrs      []string
	}{
		{name: "equal", want: attrs{"text": str("x")}, have: attrs{"text": str("x")}, action: planner.NoChange},
		{name: "other text", want: attrs{"text": str("x")}, have: attrs{"text": str("y")}, action: providers.Update, attrs: []string{"text"}},
		{name: "case matters", want: attrs{"text": str("x")}, have: attrs{"text": str("X")}, action: providers.Update, attrs: []string{"text"}},
		{name: "case is folded", want: attrs{"folded": str("Ärger")}, have: attrs{"folded": str("ÄRGER")}, action: planner.NoChange},
		{name: "folded, but other", want: attrs{"folded": str("a")}, have: attrs{"folded": str("b")}, action: providers.Update, attrs: []string{"folded"}},
		{name: "hints are not compared", want: attrs{"hint": str("x")}, have: attrs{"hint": str("y")}, action: planner.NoChange},
		{name: "left open", want: attrs{}, have: attrs{"text": str("y")}, action: planner.NoChange},
		{name: "image does not know it", want: attrs{"text": str("x")}, have: attrs{}, action: providers.Update, attrs: []string{"text"}},
		{name: "several", want: attrs{"text": str("x"), "count": cty.NumberIntVal(1)}, have: attrs{"text": str("y"), "count": cty.NumberIntVal(2)}, action: providers.Update, attrs: []string{"text", "count"}},
		{name: "create", want: attrs{"text": str("x"), "hint": str("h")}, action: providers.Create, attrs: []string{"text"}},
		{name: "delete", absent: true, want: attrs{}, have: attrs{"text": str("x")}, action: providers.Delete, attrs: []string{"text"}},
		{name: "gone already", absent: true, want: attrs{}, action: planner.NoChange},
		{name: "list order matters", want: attrs{"list": cty.ListVal(texts("a", "b"))}, have: attrs{"list": cty.ListVal(texts("b", "a"))}, action: providers.Update, attrs: []string{"list"}},
		{name: "list is longer", want: attrs{"list": cty.ListVal(texts("a"))}, have: attrs{"list": cty.ListVal(texts("a", "b"))}, action: providers.Update, attrs: []string{"list"}},
		{name: "empty list is not left open", want: attrs{"list": cty.ListValEmpty(cty.String)}, have: attrs{"list": cty.ListVal(texts("a"))}, action: providers.Update, attrs: []string{"list"}},
		{name: "set order does not matter", want: attrs{"set": cty.SetVal(texts("a", "b"))}, have: attrs{"set": cty.SetVal(texts("B", "A"))}, action: planner.NoChange},
		{name: "folded set has doubles", want: attrs{"set": cty.SetVal(texts("a", "A"))}, have: attrs{"set": cty.SetVal(texts("a"))}, action: planner.NoChange},
		{name: "set is smaller", want: attrs{"set": cty.SetVal(texts("a"))}, have: attrs{"set": cty.SetVal(texts("a", "b"))}, action: providers.Update, attrs: []string{"set"}},
		{name: "set is larger", want: attrs{"set": cty.SetVal(texts("a", "b"))}, have: attrs{"set": cty.SetVal(texts("a"))}, action: providers.Update, attrs: []string{"set"}},
		{name: "map", want: attrs{"map": cty.MapVal(attrs{"k": str("a")})}, have: attrs{"map": cty.MapVal(attrs{"k": str("b")})}, action: providers.Update, attrs: []string{"map"}},
		{name: "map with other keys", want: attrs{"map": cty.MapVal(attrs{"k": str("a")})}, have: attrs{"map": cty.MapVal(attrs{"l": str("a")})}, action: providers.Update, attrs: []string{"map"}},
		{name: "tuple and list", want: attrs{"any": cty.TupleVal(texts("a"))}, have: attrs{"any": cty.ListVal(texts("a"))}, action: planner.NoChange},
		{name: "text is no number", want: attrs{"any": str("1")}, have: attrs{"any": cty.NumberIntVal(1)}, action: providers.Update, attrs: []string{"any"}},
		{name: "blocks", want: attrs{"block": blocks("x", "1")}, have: attrs{"block": blocks("X", "2")}, action: planner.NoChange},
		{name: "other blocks", want: attrs{"block": blocks("x", "1")}, have: attrs{"block": blocks("y", "1")}, action: providers.Update, attrs: []string{"block"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want, have := object(diffSchema, tt.want), cty.NullVal(diffSchema.ObjectType())
			if tt.have != nil {
				have = object(diffSchema, tt.have)
			}
			action, ds := planner.Diff(diffSchema, want, have, tt.absent)
			var names []string
			for _, d := range ds {
				names = append(names, d.Attr)
			}
			if action != tt.action || !cmp.Equal(names, tt.attrs) {
				t.Errorf("got %s %q, want %s %q", action, names, tt.action, tt.attrs)
			}
		})
	}
}
