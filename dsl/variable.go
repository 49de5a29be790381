package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/dsl/functions"
)

// variable is an input variable of the module.
type variable struct {
	name      string
	at        hcl.Range
	typ       cty.Type
	optional  *typeexpr.Defaults // of object attributes in the type
	literal   bool               // text from outside is the value, not an expression
	initial   cty.Value          // default; NilVal if a value is required
	sensitive bool
	nullable  bool
	rules     []rule

	value cty.Value // unknown after errors
	from  hcl.Range // range of the value; the declaration if that can't be shown
}

// variables are those of a module, by their names.
type variables map[string]*variable

var variableSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{
		{Name: "type"}, {Name: "default"}, {Name: "description"}, {Name: "sensitive"}, {Name: "nullable"},
	},
	Blocks: []hcl.BlockHeaderSchema{{Type: "validation"}},
}

// declareVariable adds a variable to those of a module or profile.
func (d *declared) declareVariable(to variables, block *hcl.Block) {
	v := &variable{name: block.Labels[0], at: block.DefRange, typ: cty.DynamicPseudoType, literal: true}
	if !d.validName("variable", v.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := to[v.name]; ok {
		d.duplicate("variable", v.name, first.at, v.at)
		return
	}
	to[v.name] = v
	content, diags := block.Body.Content(variableSchema)
	d.report(diags)
	attrs := content.Attributes
	v.sensitive = d.constantBool(attrs["sensitive"], false)
	v.nullable = d.constantBool(attrs["nullable"], true)
	d.constantString(attrs["description"])
	if attr := attrs["type"]; attr != nil {
		typ, optional, diags := typeexpr.TypeConstraintWithDefaults(attr.Expr)
		d.report(diags)
		if !diags.HasErrors() {
			v.typ, v.optional = typ, optional
			v.literal = typ.IsPrimitiveType()
		}
	}
	if attr := attrs["default"]; attr != nil {
		d.declareDefault(v, attr)
	}
	v.rules = rulesOf(d.reporter, content.Blocks)
}

func (d *declared) declareDefault(v *variable, attr *hcl.Attribute) {
	v.initial = v.unknown()
	value, diags := attr.Expr.Value(nil)
	d.report(diags)
	if diags.HasErrors() {
		return
	}
	if value.IsNull() && !v.nullable {
		d.errorAt(v.at, "Invalid default", fmt.Sprintf("The variable %q is not nullable, so its default can't be null.", v.name))
		return
	}
	converted, err := v.convert(value)
	if err != nil {
		at := attr.Expr.Range()
		if v.sensitive {
			at = v.at
		}
		d.errorAt(at, "Invalid default", fmt.Sprintf("The default of the variable %q does not fit its type: %s.", v.name, reason(err)))
		return
	}
	v.initial = converted
	if v.typ == cty.DynamicPseudoType && !value.IsNull() {
		v.literal = v.literal && value.Type().IsPrimitiveType()
	}
}

// unknown returns an unknown value of the variable's type.
func (v *variable) unknown() cty.Value { return cty.UnknownVal(v.typ.WithoutOptionalAttributesDeep()) }

// convert sets defaults of optional attributes and converts to the variable's type.
func (v *variable) convert(value cty.Value) (cty.Value, error) {
	if v.optional != nil && !value.IsNull() {
		value = v.optional.Apply(value)
	}
	return convert.Convert(value, v.typ)
}

// constantBool evaluates an attribute that must not refer to anything.
func (r *reporter) constantBool(attr *hcl.Attribute, otherwise bool) bool {
	value := r.constant(attr, cty.Bool)
	if value.IsNull() {
		return otherwise
	}
	return value.True()
}

func (r *reporter) constantString(attr *hcl.Attribute) string {
	value := r.constant(attr, cty.String)
	if value.IsNull() {
		return ""
	}
	return value.AsString()
}

// constant returns null if the attribute is missing or invalid.
func (r *reporter) constant(attr *hcl.Attribute, typ cty.Type) cty.Value {
	if attr == nil {
		return cty.NullVal(typ)
	}
	value, diags := attr.Expr.Value(nil)
	r.report(diags)
	if diags.HasErrors() {
		return cty.NullVal(typ)
	}
	converted, err := convert.Convert(value, typ)
	if err != nil {
		r.errorAt(attr.Expr.Range(), "Invalid value", fmt.Sprintf("The argument %q is wrong: %s.", attr.Name, reason(err)))
		return cty.NullVal(typ)
	}
	return converted
}

// value returns the value of the name var.
func (vs variables) value() cty.Value {
	values := make(map[string]cty.Value, len(vs))
	for name, v := range vs {
		values[name] = v.value
		if v.sensitive {
			values[name] = v.value.Mark(functions.Sensitive)
		}
	}
	return cty.ObjectVal(values)
}
