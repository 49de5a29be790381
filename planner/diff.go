package planner

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// Diff compares a wanted value with the one an image holds, null if it holds none,
// and returns the action and the differences. It does not compare hints, nor
// attributes that the author leaves open (null). If the resource is created or
// deleted as a whole, the differences list all its attributes.
func Diff(schema dsl.Schema, want, have cty.Value, absent bool) (providers.Action, []Difference) {
	there := !have.IsNull()
	switch {
	case absent && there:
		return providers.Delete, differences(schema, cty.NullVal(want.Type()), have)
	case absent:
		return NoChange, nil
	case !there:
		return providers.Create, differences(schema, want, have)
	}
	if ds := differences(schema, want, have); len(ds) > 0 {
		return providers.Update, ds
	}
	return NoChange, nil
}

// differences compares attribute by attribute. If one of the values is null as a
// whole, every attribute of the other one that is set is a difference.
func differences(schema dsl.Schema, want, have cty.Value) []Difference {
	var ds []Difference
	for _, a := range schema {
		w, h := attribute(want, a), attribute(have, a)
		switch {
		case a.Hint, w.IsNull() && h.IsNull():
		case want.IsNull(), have.IsNull():
			ds = append(ds, Difference{Attr: a.Name, Want: w, Have: h})
		case w.IsNull(), equal(a, w, h):
		default:
			ds = append(ds, Difference{Attr: a.Name, Want: w, Have: h})
		}
	}
	return ds
}

// attribute returns an attribute of a value, null if the value does not have it.
func attribute(v cty.Value, a dsl.Attr) cty.Value {
	if v.IsNull() || !v.Type().IsObjectType() || !v.Type().HasAttribute(a.Name) {
		return cty.NullVal(a.ValueType())
	}
	return v.GetAttr(a.Name)
}

// equal compares two values of an attribute; blocks by the rules of their own
// schema, in order.
func equal(a dsl.Attr, want, have cty.Value) bool {
	if a.Nested == nil {
		return same(want, have, a.Fold)
	}
	if want.IsNull() || have.IsNull() {
		return want.IsNull() == have.IsNull()
	}
	ws, hs := want.AsValueSlice(), have.AsValueSlice()
	if len(ws) != len(hs) {
		return false
	}
	for i := range ws {
		if ws[i].IsNull() != hs[i].IsNull() || len(differences(a.Nested, ws[i], hs[i])) > 0 {
			return false
		}
	}
	return true
}

// same compares two values by content: a list equals a tuple with the same
// elements, a map equals an object. With fold, case does not matter in strings. A
// number is compared as a number, so kinds return numbers as numbers: a DWORD read
// from an image equals the wish if both are the same number.
func same(a, b cty.Value, fold bool) bool {
	if !a.IsKnown() || !b.IsKnown() {
		return false
	}
	if a.IsNull() || b.IsNull() {
		return a.IsNull() == b.IsNull()
	}
	at, bt := a.Type(), b.Type()
	switch {
	case at == cty.String && bt == cty.String:
		return a.AsString() == b.AsString() || fold && strings.EqualFold(a.AsString(), b.AsString())
	case isSequence(at) && isSequence(bt):
		return sameSequence(a.AsValueSlice(), b.AsValueSlice(), fold)
	case at.IsSetType() && bt.IsSetType():
		return sameSet(a.AsValueSlice(), b.AsValueSlice(), fold)
	case isKeyed(at) && isKeyed(bt):
		return sameKeyed(a.AsValueMap(), b.AsValueMap(), fold)
	}
	return at.Equals(bt) && a.RawEquals(b)
}

func isSequence(t cty.Type) bool { return t.IsListType() || t.IsTupleType() }
func isKeyed(t cty.Type) bool    { return t.IsMapType() || t.IsObjectType() }

func sameSequence(as, bs []cty.Value, fold bool) bool {
	if len(as) != len(bs) {
		return false
	}
	for i := range as {
		if !same(as[i], bs[i], fold) {
			return false
		}
	}
	return true
}

// sameSet reports whether each element of one set is in the other. With fold two
// elements of one set may match the same element of the other.
func sameSet(as, bs []cty.Value, fold bool) bool {
	return subset(as, bs, fold) && subset(bs, as, fold)
}

func subset(as, bs []cty.Value, fold bool) bool {
	for _, a := range as {
		found := false
		for _, b := range bs {
			if found = same(a, b, fold); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func sameKeyed(as, bs map[string]cty.Value, fold bool) bool {
	if len(as) != len(bs) {
		return false
	}
	for k, a := range as {
		b, ok := bs[k]
		if !ok || !same(a, b, fold) {
			return false
		}
	}
	return true
}
