package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/functions"
)

// element is one element of a for_each.
type element struct {
	key   string
	value cty.Value
}

// object is the value of each in a block.
func (e element) object() cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(e.key), "value": e.value})
}

// forEach evaluates the for_each of an image or resource: a map, an object or a
// set of strings, whose keys become part of addresses.
func (e *evaluator) forEach(expr hcl.Expression, ctx *hcl.EvalContext) []element {
	elements, _ := e.elements(expr, ctx)
	return elements
}

// elements is like forEach, and reports whether the elements are known.
func (e *evaluator) elements(expr hcl.Expression, ctx *hcl.EvalContext) ([]element, bool) {
	value, ok := e.iterable(expr, ctx)
	if !ok {
		return nil, false
	}
	value, marks := value.Unmark()
	typ := value.Type()
	switch {
	case typ.IsMapType(), typ.IsObjectType():
	case typ.IsSetType() && (typ.ElementType() == cty.String || value.LengthInt() == 0):
	default:
		e.errorAt(expr.Range(), "Invalid for_each", fmt.Sprintf(
			"A map or a set of strings is needed, because its keys name what is made; this is a %s. toset(…) makes a set from a list.", typ.FriendlyName()))
		return nil, false
	}
	var elements []element
	for it := value.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if !k.IsKnown() {
			continue
		}
		if k.IsNull() || k.AsString() == "" {
			e.errorAt(expr.Range(), "Invalid for_each", "A key is null or empty.")
			continue
		}
		elements = append(elements, element{k.AsString(), v.WithMarks(marks)})
	}
	return elements, true
}

// iterable evaluates a for_each and checks that its value is known and not sensitive. The
// value can have the mark [functions.FromRoot], which then applies to its elements.
func (e *evaluator) iterable(expr hcl.Expression, ctx *hcl.EvalContext) (cty.Value, bool) {
	given := e.evalMarked(expr, ctx)
	value, marks := given.Unmark()
	delete(marks, functions.FromRoot)
	if namesImages(marks) {
		e.errorAt(expr.Range(), "Invalid reference", "The number of elements can't depend on another image, only what each is made of: use a map whose values refer to images.")
		return cty.NilVal, false
	}
	sensitiveKeys := value.Type().IsSetType() && isSensitive(value)
	switch {
	case len(marks) > 0 || sensitiveKeys:
		e.errorAt(expr.Range(), "Sensitive value", "for_each can't be made from a sensitive value, because its keys are shown to everybody.")
	case !value.IsKnown():
	case value.IsNull():
		e.errorAt(expr.Range(), "Invalid for_each", "The value is null. For no rounds at all, use an empty map or set.")
	case !value.CanIterateElements():
		e.errorAt(expr.Range(), "Invalid for_each", fmt.Sprintf("A collection is needed; this is a %s.", value.Type().FriendlyName()))
	default:
		return given, true
	}
	return cty.NilVal, false
}
