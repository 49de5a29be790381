package functions

import (
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// mark is a separate type, so that no mark of another package is equal.
type mark string

// Sensitive marks values that must never be shown.
const Sensitive = mark("sensitive")

// FromRoot marks paths that begin in the folder of the configuration, whichever module
// uses them: those made from path.module and path.root. All others begin in the folder
// of the module that uses them.
const FromRoot = mark("from root")

// anything is a parameter that accepts every value unchanged.
var anything = function.Parameter{
	Name: "value", Type: cty.DynamicPseudoType,
	AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
}

func sameType(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil }

var sensitive = function.New(&function.Spec{
	Description: "Marks a value as one that must never be shown.",
	Params:      []function.Parameter{anything},
	Type:        sameType,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return args[0].Mark(Sensitive), nil
	},
})

var nonsensitive = function.New(&function.Spec{
	Description: "Removes the mark of a sensitive value, if the result may be shown.",
	Params:      []function.Parameter{anything},
	Type:        sameType,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		value, marks := args[0].Unmark()
		delete(marks, Sensitive)
		return value.WithMarks(marks), nil
	},
})

var isSensitive = function.New(&function.Spec{
	Description: "Tells whether a value is marked as sensitive.",
	Params:      []function.Parameter{anything},
	Type:        function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.BoolVal(args[0].HasMark(Sensitive)), nil
	},
})

var typeOf = function.New(&function.Spec{
	Description: "Returns the type of a value, written as in the type argument of a variable.",
	Params:      []function.Parameter{anything},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.StringVal(typeexpr.TypeString(args[0].Type())), nil
	},
})
