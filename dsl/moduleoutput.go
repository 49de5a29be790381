package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/functions"
)

// output is a value that a module returns to its caller, or the configuration to the user.
type output struct {
	at        hcl.Range
	expr      hcl.Expression
	doc       string
	rules     []rule // preconditions
	sensitive bool
	value     cty.Value // once evaluated; marked where it is sensitive
}

// outputs are those of a module, by their names.
type outputs map[string]*output

var outputSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "value", Required: true}, {Name: "description"}, {Name: "sensitive"},
}, Blocks: []hcl.BlockHeaderSchema{{Type: "precondition"}}}

func (d *declared) declareOutput(block *hcl.Block) {
	name, o := block.Labels[0], &output{at: block.DefRange, value: cty.DynamicVal}
	if !d.validName("output", name, block.LabelRanges[0]) {
		return
	}
	if name == "profile" {
		d.errorAt(block.LabelRanges[0], "Reserved name", `An output can't be called "profile": module.x.profile is where the profiles of a module are. Rename it.`)
		return
	}
	if first, ok := d.outputs[name]; ok {
		d.duplicate("output", name, first.at, o.at)
		return
	}
	d.outputs[name] = o
	content, diags := block.Body.Content(outputSchema)
	d.report(diags)
	o.doc, o.sensitive = d.constantString(content.Attributes["description"]), d.constantBool(content.Attributes["sensitive"], false)
	o.rules = rulesOf(d.reporter, content.Blocks)
	if attr := content.Attributes["value"]; attr != nil {
		o.expr = attr.Expr
	}
}

// resolveOutputs evaluates the outputs of a module. Those of the configuration itself can
// refer to images. Because gild shows them, they must be declared sensitive if they are.
func (l *loader) resolveOutputs() {
	ctx := l.outside()
	for _, name := range sortedKeys(l.outputs) {
		o := l.outputs[name]
		if o.expr == nil {
			continue
		}
		l.demand(o.rules, "Precondition failed", fmt.Sprintf("the output %q", name), ctx)
		o.value = l.evalMarked(o.expr, ctx)
		if l.caller == nil {
			o.value, _ = originsOf(o.value)
		}
		if l.caller == nil && !o.sensitive && isSensitive(o.value) {
			l.errorAt(o.expr.Range(), "Sensitive value", fmt.Sprintf("The output %q is made from a sensitive value. Set sensitive = true, or take what is not secret with nonsensitive(…).", name))
			o.value = cty.DynamicVal
		}
		if o.sensitive {
			o.value = o.value.Mark(functions.Sensitive)
		}
	}
}

// outside returns the scope of outputs and checks, which belong to no image. Those of the
// configuration itself can refer to its images.
func (l *loader) outside() *hcl.EvalContext {
	if l.caller != nil {
		return l.scope
	}
	return within(l.scope, "image", cty.EmptyObjectVal)
}

// list returns the outputs for the user.
func (outs outputs) list() []Output {
	var all []Output
	for _, name := range sortedKeys(outs) {
		o := outs[name]
		all = append(all, Output{Name: name, Description: o.doc, Value: o.value, Sensitive: o.sensitive, Range: o.at})
	}
	return all
}

// imageResults are the attributes of an image that are known after apply.
var imageResults = []string{"sha256", "size"}

// resultsOf returns the requested ones, as far as they are known.
func (r *imageRefs) resultsOf(output string, digest, size bool) map[string]cty.Value {
	results := map[string]cty.Value{"sha256": cty.UnknownVal(cty.String), "size": cty.UnknownVal(cty.Number)}
	if r.made == nil || output == "" || !digest && !size {
		return results
	}
	if made, ok := r.made(output, digest); ok {
		results["size"] = cty.NumberIntVal(made.Size)
		if digest {
			results["sha256"] = cty.StringVal(made.SHA256)
		}
	}
	return results
}

// asks reports whether an expression can refer to a result, which takes time to compute. An
// expression in JSON does not show its references.
func asks(expr hcl.Expression, result string) bool {
	node, ok := expr.(hclsyntax.Node)
	if !ok {
		return true
	}
	found := false
	hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		var steps hcl.Traversal
		switch n := n.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			steps = n.Traversal
		case *hclsyntax.RelativeTraversalExpr:
			steps = n.Traversal
		case *hclsyntax.IndexExpr:
			found = true
		}
		for _, step := range steps {
			name, _ := stepName(step)
			found = found || name == result
		}
		return nil
	})
	return found
}

// value returns the value of module.x in the caller.
func (outs outputs) value() cty.Value {
	values := make(map[string]cty.Value, len(outs))
	for name, o := range outs {
		values[name] = o.value
	}
	return cty.ObjectVal(values)
}
