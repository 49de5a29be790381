package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/dsl/functions"
	"github.com/gildhq/gild/dsl/similar"
)

// element is one element of a for_each.
type element struct {
	key   string
	value cty.Value
}

// object is what a block sees as each.
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

// iterable evaluates a for_each and checks that its value is known and not sensitive. It
// may carry the mark [functions.FromRoot], which then is for its elements.
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

// scopedBlock is a block with the context its body is evaluated in.
type scopedBlock struct {
	*hcl.Block
	ctx *hcl.EvalContext
}

var dynamicHeader = hcl.BlockHeaderSchema{Type: "dynamic", LabelNames: []string{"type"}}

var dynamicSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}, {Name: "labels"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
}

// expandDynamic replaces dynamic blocks with the blocks they make, as HCL's dynamic
// block extension does.
func (l *loader) expandDynamic(blocks hcl.Blocks, headers []hcl.BlockHeaderSchema, ctx *hcl.EvalContext) []scopedBlock {
	var out []scopedBlock
	for _, block := range blocks {
		if block.Type != dynamicHeader.Type {
			out = append(out, scopedBlock{block, ctx})
			continue
		}
		i := slices.IndexFunc(headers, func(h hcl.BlockHeaderSchema) bool { return h.Type == block.Labels[0] && h.Type != dynamicHeader.Type })
		if i < 0 {
			l.unexpectedDynamic(block, headers)
			continue
		}
		out = append(out, l.dynamic(block, headers[i], ctx)...)
	}
	return out
}

// unexpectedDynamic reports a dynamic block of a type that has no place there.
func (l *loader) unexpectedDynamic(block *hcl.Block, headers []hcl.BlockHeaderSchema) {
	var names []string
	for _, h := range headers {
		names = append(names, h.Type)
	}
	l.errorAt(block.LabelRanges[0], "Unsupported block type", fmt.Sprintf(
		"Blocks of type %q are not expected here.%s", block.Labels[0], similar.Hint(block.Labels[0], names)))
}

func (l *loader) dynamic(block *hcl.Block, header hcl.BlockHeaderSchema, ctx *hcl.EvalContext) []scopedBlock {
	content, diags := block.Body.Content(dynamicSchema)
	l.report(diags)
	if diags.HasErrors() {
		return nil
	}
	if len(content.Blocks) != 1 {
		l.errorAt(block.DefRange, "Invalid dynamic block", `A dynamic block holds one "content" block, the pattern of the blocks it stands for.`)
		return nil
	}
	iterator, ok := l.iterator(content.Attributes["iterator"], header.Type)
	if !ok {
		return nil
	}
	labels, ok := l.labelExprs(content.Attributes["labels"], header, block.DefRange)
	if !ok {
		return nil
	}
	value, ok := l.iterable(content.Attributes["for_each"].Expr, ctx)
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
		made.Labels, made.LabelRanges, ok = l.labels(labels, inner)
		if ok {
			out = append(out, scopedBlock{&made, inner})
		}
	}
	return out
}

// iterator returns the name under which the content of a dynamic block sees the
// current element.
func (l *loader) iterator(attr *hcl.Attribute, otherwise string) (string, bool) {
	if attr == nil {
		return otherwise, true
	}
	traversal, diags := hcl.AbsTraversalForExpr(attr.Expr)
	if diags.HasErrors() || len(traversal) != 1 {
		l.errorAt(attr.Range, "Invalid iterator", "A single name is needed, without quotes.")
		return "", false
	}
	name := traversal.RootName()
	if slices.Contains([]string{"var", "local", "path", "each", "image", "module", "profile", "self"}, name) {
		l.errorAt(attr.Range, "Invalid iterator", fmt.Sprintf("The name %q has a special meaning. Choose another one.", name))
		return "", false
	}
	return name, true
}

func (l *loader) labelExprs(attr *hcl.Attribute, header hcl.BlockHeaderSchema, at hcl.Range) ([]hcl.Expression, bool) {
	var exprs []hcl.Expression
	if attr != nil {
		var diags hcl.Diagnostics
		at = attr.Range
		if exprs, diags = hcl.ExprList(attr.Expr); diags.HasErrors() {
			l.errorAt(at, "Invalid labels", "A list of labels is needed.")
			return nil, false
		}
	}
	if len(exprs) != len(header.LabelNames) {
		l.errorAt(at, "Invalid labels", fmt.Sprintf(
			"Blocks of type %q have %d label(s); \"labels\" gives %d.", header.Type, len(header.LabelNames), len(exprs)))
		return nil, false
	}
	return exprs, true
}

func (l *loader) labels(exprs []hcl.Expression, ctx *hcl.EvalContext) (labels []string, ranges []hcl.Range, ok bool) {
	for _, expr := range exprs {
		value := l.eval(expr, ctx)
		if isSensitive(value) {
			l.errorAt(expr.Range(), "Sensitive value", "A label can't be made from a sensitive value, because it is shown to everybody.")
			return nil, nil, false
		}
		text, err := convert.Convert(value, cty.String)
		if err != nil || text.IsNull() {
			l.errorAt(expr.Range(), "Invalid labels", "A label must be a string.")
			return nil, nil, false
		}
		if !text.IsKnown() {
			return nil, nil, false
		}
		labels, ranges = append(labels, text.AsString()), append(ranges, expr.Range())
	}
	return labels, ranges, true
}
