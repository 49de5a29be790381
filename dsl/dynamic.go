package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/dsl/similar"
)

// scopedBlock is a block and the evaluation context of its body.
type scopedBlock struct {
	*hcl.Block
	ctx *hcl.EvalContext
}

var dynamicHeader = hcl.BlockHeaderSchema{Type: "dynamic", LabelNames: []string{"type"}}

var dynamicSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}, {Name: "labels"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
}

// expander expands dynamic blocks.
type expander struct{ *evaluator }

// expand replaces dynamic blocks with the blocks that they generate, as HCL's dynamic block
// extension does.
func (e expander) expand(blocks hcl.Blocks, headers []hcl.BlockHeaderSchema, ctx *hcl.EvalContext) []scopedBlock {
	var out []scopedBlock
	for _, block := range blocks {
		if block.Type != dynamicHeader.Type {
			out = append(out, scopedBlock{block, ctx})
			continue
		}
		i := slices.IndexFunc(headers, func(h hcl.BlockHeaderSchema) bool { return h.Type == block.Labels[0] && h.Type != dynamicHeader.Type })
		if i < 0 {
			e.unexpected(block, headers)
			continue
		}
		out = append(out, e.dynamic(block, headers[i], ctx)...)
	}
	return out
}

// unexpected reports a dynamic block of a type that is not allowed there.
func (e expander) unexpected(block *hcl.Block, headers []hcl.BlockHeaderSchema) {
	var names []string
	for _, h := range headers {
		names = append(names, h.Type)
	}
	e.errorAt(block.LabelRanges[0], "Unsupported block type", fmt.Sprintf(
		"Blocks of type %q are not expected here.%s", block.Labels[0], similar.Hint(block.Labels[0], names)))
}

func (e expander) dynamic(block *hcl.Block, header hcl.BlockHeaderSchema, ctx *hcl.EvalContext) []scopedBlock {
	content, diags := block.Body.Content(dynamicSchema)
	e.report(diags)
	if diags.HasErrors() {
		return nil
	}
	if len(content.Blocks) != 1 {
		e.errorAt(block.DefRange, "Invalid dynamic block", `A dynamic block holds one "content" block, the pattern of the blocks it stands for.`)
		return nil
	}
	iterator, ok := e.iterator(content.Attributes["iterator"], header.Type)
	if !ok {
		return nil
	}
	labels, ok := e.labelExprs(content.Attributes["labels"], header, block.DefRange)
	if !ok {
		return nil
	}
	value, ok := e.iterable(content.Attributes["for_each"].Expr, ctx)
	if !ok {
		return nil
	}
	var out []scopedBlock
	value, marks := value.Unmark()
	for it := value.ElementIterator(); it.Next(); {
		k, v := it.Element()
		inner := within(ctx, iterator, cty.ObjectVal(map[string]cty.Value{"key": k, "value": v.WithMarks(marks)}))
		made := *block
		made.Type = header.Type
		made.TypeRange = block.LabelRanges[0]
		made.Body = content.Blocks[0].Body
		made.Labels, made.LabelRanges, ok = e.labels(labels, inner)
		if ok {
			out = append(out, scopedBlock{&made, inner})
		}
	}
	return out
}

// iterator returns the name of the current element in the content of a dynamic block.
func (e expander) iterator(attr *hcl.Attribute, otherwise string) (string, bool) {
	if attr == nil {
		return otherwise, true
	}
	traversal, diags := hcl.AbsTraversalForExpr(attr.Expr)
	if diags.HasErrors() || len(traversal) != 1 {
		e.errorAt(attr.Range, "Invalid iterator", "A single name is needed, without quotes.")
		return "", false
	}
	name := traversal.RootName()
	if slices.Contains([]string{"var", "local", "path", "each", "image", "module", "profile", "self"}, name) {
		e.errorAt(attr.Range, "Invalid iterator", fmt.Sprintf("The name %q has a special meaning. Choose another one.", name))
		return "", false
	}
	return name, true
}

func (e expander) labelExprs(attr *hcl.Attribute, header hcl.BlockHeaderSchema, at hcl.Range) ([]hcl.Expression, bool) {
	var exprs []hcl.Expression
	if attr != nil {
		var diags hcl.Diagnostics
		at = attr.Range
		if exprs, diags = hcl.ExprList(attr.Expr); diags.HasErrors() {
			e.errorAt(at, "Invalid labels", "A list of labels is needed.")
			return nil, false
		}
	}
	if len(exprs) != len(header.LabelNames) {
		e.errorAt(at, "Invalid labels", fmt.Sprintf(
			"Blocks of type %q have %d label(s); \"labels\" gives %d.", header.Type, len(header.LabelNames), len(exprs)))
		return nil, false
	}
	return exprs, true
}

func (e expander) labels(exprs []hcl.Expression, ctx *hcl.EvalContext) (labels []string, ranges []hcl.Range, ok bool) {
	for _, expr := range exprs {
		value := e.eval(expr, ctx)
		if isSensitive(value) {
			e.errorAt(expr.Range(), "Sensitive value", "A label can't be made from a sensitive value, because it is shown to everybody.")
			return nil, nil, false
		}
		text, err := convert.Convert(value, cty.String)
		if err != nil || text.IsNull() {
			e.errorAt(expr.Range(), "Invalid labels", "A label must be a string.")
			return nil, nil, false
		}
		if !text.IsKnown() {
			return nil, nil, false
		}
		labels, ranges = append(labels, text.AsString()), append(ranges, expr.Range())
	}
	return labels, ranges, true
}
