package functions

import (
	"errors"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var sum = simple("Adds the numbers of a list or set.", cty.Number,
	func(args []cty.Value) (cty.Value, error) {
		total := cty.Zero
		if args[0].LengthInt() == 0 {
			return cty.NilVal, function.NewArgErrorf(0, "there must be at least one number")
		}
		for _, v := range args[0].AsValueSlice() {
			if v.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "an element is null")
			}
			total = total.Add(v)
		}
		return total, nil
	}, param("numbers", cty.List(cty.Number)))

// truth returns a function of a list of booleans; null counts as false.
func truth(doc string, found bool) function.Function {
	return simple(doc, cty.Bool, func(args []cty.Value) (cty.Value, error) {
		has := slices.ContainsFunc(args[0].AsValueSlice(), func(v cty.Value) bool {
			return (!v.IsNull() && v.True()) == found
		})
		return cty.BoolVal(has == found), nil
	}, param("list", cty.List(cty.Bool)))
}

var (
	allTrue = truth("Tells whether all elements are true; true for none.", false)
	anyTrue = truth("Tells whether any element is true; false for none.", true)
)

var index = simple("Returns the place of a value in a list, from 0.", cty.Number,
	func(args []cty.Value) (cty.Value, error) {
		typ := args[0].Type()
		if !typ.IsListType() && !typ.IsTupleType() {
			return cty.NilVal, function.NewArgErrorf(0, "a list is needed")
		}
		for it := args[0].ElementIterator(); it.Next(); {
			i, v := it.Element()
			if equal := v.Equals(args[1]); equal.IsKnown() && equal.True() {
				return i, nil
			}
		}
		return cty.NilVal, errors.New("the list does not hold the value")
	}, param("list", cty.DynamicPseudoType), param("value", cty.DynamicPseudoType))

var length = function.New(&function.Spec{
	Description: "Returns the number of elements of a collection, or of characters of a string.",
	Params:      []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true, AllowMarked: true}},
	Type:        function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		typ := args[0].Type()
		switch {
		case typ == cty.String:
			return stdlib.Strlen(args[0])
		case typ == cty.DynamicPseudoType:
			return cty.UnknownVal(cty.Number), nil
		case typ.IsObjectType():
			_, marks := args[0].Unmark()
			return cty.NumberIntVal(int64(len(typ.AttributeTypes()))).WithMarks(marks), nil
		}
		return stdlib.Length(args[0])
	},
})

var matchKeys = function.New(&function.Spec{
	Description: "Returns the values at the places where the keys are among those searched for.",
	Params: []function.Parameter{
		param("values", cty.List(cty.DynamicPseudoType)),
		param("keys", cty.List(cty.DynamicPseudoType)),
		param("search", cty.List(cty.DynamicPseudoType)),
	},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, typ cty.Type) (cty.Value, error) {
		for _, arg := range args {
			if !arg.IsWhollyKnown() {
				return cty.UnknownVal(typ), nil
			}
		}
		values, keys := args[0].AsValueSlice(), args[1].AsValueSlice()
		if len(values) != len(keys) {
			return cty.NilVal, errors.New("the lists of values and of keys must be of one length")
		}
		var found []cty.Value
		for i, key := range keys {
			for _, wanted := range args[2].AsValueSlice() {
				converted, err := convert.Convert(wanted, key.Type())
				if err == nil && converted.RawEquals(key) {
					found = append(found, values[i])
					break
				}
			}
		}
		if found == nil {
			return cty.ListValEmpty(typ.ElementType()), nil
		}
		return cty.ListVal(found), nil
	},
})

var one = function.New(&function.Spec{
	Description: "Returns the only element of a list or set, or null for none; an error for more.",
	Params:      []function.Parameter{param("list", cty.DynamicPseudoType)},
	Type: func(args []cty.Value) (cty.Type, error) {
		typ := args[0].Type()
		switch {
		case typ.IsListType() || typ.IsSetType():
			return typ.ElementType(), nil
		case typ.IsTupleType() && typ.Length() == 0:
			return cty.DynamicPseudoType, nil
		case typ.IsTupleType() && typ.Length() == 1:
			return typ.TupleElementType(0), nil
		case typ.IsTupleType():
			return cty.NilType, function.NewArgErrorf(0, "there is more than one element")
		}
		return cty.NilType, function.NewArgErrorf(0, "a list or set is needed")
	},
	Impl: func(args []cty.Value, typ cty.Type) (cty.Value, error) {
		elements := args[0].AsValueSlice()
		switch len(elements) {
		case 0:
			return cty.NullVal(typ), nil
		case 1:
			return elements[0], nil
		}
		return cty.NilVal, function.NewArgErrorf(0, "there is more than one element")
	},
})

var stringLists = cty.Map(cty.List(cty.String))

var transpose = simple("Turns a map of lists around: each element becomes a key, with the list of its former keys.", stringLists,
	func(args []cty.Value) (cty.Value, error) {
		lists := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			key, list := it.Element()
			if list.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "a list is null")
			}
			for _, v := range list.AsValueSlice() {
				if v.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "an element is null")
				}
				lists[v.AsString()] = append(lists[v.AsString()], key)
			}
		}
		if len(lists) == 0 {
			return cty.MapValEmpty(cty.List(cty.String)), nil
		}
		out := map[string]cty.Value{}
		for v, keys := range lists {
			out[v] = cty.ListVal(keys)
		}
		return cty.MapVal(out), nil
	}, param("lists", stringLists))
