package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/functions"
)

// output is a value that a module gives to who calls it, or a configuration to who runs it.
type output struct {
	at        hcl.Range
	expr      hcl.Expression
	doc       string
	sensitive bool
	value     cty.Value // once evaluated; marked where it is sensitive
}

var outputSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "value", Required: true}, {Name: "description"}, {Name: "sensitive"},
}}

func (l *loader) declareOutput(block *hcl.Block) {
	name, o := block.Labels[0], &output{at: block.DefRange, value: cty.DynamicVal}
	if !l.validName("output", name, block.LabelRanges[0]) {
		return
	}
	if name == "profile" {
		l.errorAt(block.LabelRanges[0], "Reserved name", `An output can't be called "profile": module.x.profile is where the profiles of a module are. Rename it.`)
		return
	}
	if first, ok := l.outputs[name]; ok {
		l.duplicate("output", name, first.at, o.at)
		return
	}
	l.outputs[name] = o
	content, diags := block.Body.Content(outputSchema)
	l.report(diags)
	o.doc, o.sensitive = l.constantString(content.Attributes["description"]), l.constantBool(content.Attributes["sensitive"], false)
	if attr := content.Attributes["value"]; attr != nil {
		o.expr = attr.Expr
	}
}

// resolveOutputs evaluates the outputs of a module. Those of the configuration itself are
// shown, so they say that they are sensitive where they are.
func (l *loader) resolveOutputs() {
	for _, name := range sortedKeys(l.outputs) {
		o := l.outputs[name]
		if o.expr == nil {
			continue
		}
		o.value = l.evalAnywhere(o.expr, l.scope)
		if l.caller == nil && !o.sensitive && isSensitive(o.value) {
			l.errorAt(o.expr.Range(), "Sensitive value", fmt.Sprintf("The output %q is made from a sensitive value. Set sensitive = true, or take what is not secret with nonsensitive(…).", name))
			o.value = cty.DynamicVal
		}
		if o.sensitive {
			o.value = o.value.Mark(functions.Sensitive)
		}
	}
}

// outputValues is what module.x is for who calls it.
func (l *loader) outputValues() cty.Value {
	values := make(map[string]cty.Value, len(l.outputs))
	for name, o := range l.outputs {
		values[name] = o.value
	}
	return cty.ObjectVal(values)
}
