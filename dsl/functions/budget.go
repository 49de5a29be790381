package functions

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A Budget limits the work of all expressions of a module together. A few lines with nested
// loops, or with values that contain one value several times, can otherwise exceed any
// machine.
type Budget struct{ rounds, counted int }

const (
	maxRounds  = 250_000    // of all loops
	maxCounted = 50_000_000 // elements of all computed values
)

// Bind makes the loops, templates, lists and objects below a node respect the budget and
// the limits of one value. It changes the node.
func (b *Budget) Bind(node hclsyntax.Node) {
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		sum := &total{budget: b}
		switch n := n.(type) {
		case *hclsyntax.ForExpr:
			n.CollExpr = &collection{within(n.CollExpr), sum}
			n.ValExpr = sum.part(n.ValExpr, false)
			if n.KeyExpr != nil {
				n.KeyExpr = sum.part(n.KeyExpr, false)
			}
		case *hclsyntax.TemplateExpr:
			for i, e := range n.Parts {
				n.Parts[i] = sum.part(e, i == 0)
			}
		case *hclsyntax.TupleConsExpr:
			for i, e := range n.Exprs {
				n.Exprs[i] = sum.part(e, i == 0)
			}
		case *hclsyntax.ObjectConsExpr:
			for i := range n.Items {
				n.Items[i].ValueExpr = sum.part(n.Items[i].ValueExpr, i == 0)
			}
		}
		return nil
	})
}

// within wraps an expression as parentheses: HCL's walk visits the wrapper, and then the
// expression itself.
func within(e hclsyntax.Expression) *hclsyntax.ParenthesesExpr {
	return &hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}
}

// total is the size of all parts of one value, counted while the value is built.
type total struct {
	budget *Budget
	sizes
}

func (t *total) part(e hclsyntax.Expression, first bool) hclsyntax.Expression {
	if _, ok := e.(*hclsyntax.LiteralValueExpr); ok {
		return e // only as long as the author has written it; and HCL checks its type
	}
	return &part{within(e), t, first}
}

// part is an expression whose value becomes part of another one.
type part struct {
	*hclsyntax.ParenthesesExpr
	of    *total
	first bool
}

// UnwrapExpression implements HCL's interface of expressions that stand for others.
func (p *part) UnwrapExpression() hcl.Expression { return p.Expression }

// Value implements [hcl.Expression].
func (p *part) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if p.first {
		p.of.sizes = sizes{}
	}
	v, diags := p.Expression.Value(ctx)
	before := p.of.elements
	whole := p.of.add(v)
	p.of.budget.counted += p.of.elements - before
	switch {
	case !whole && p.of.text > MaxText:
		diags = append(diags, tooMuch(p, fmt.Sprintf("The value that this is a part of has more than %d MiB of text, the limit for values.", MaxText>>20)))
	case !whole:
		diags = append(diags, tooMuch(p, fmt.Sprintf("The value that this is a part of has more than %d elements, the limit for values.", MaxElements)))
	case p.of.budget.counted > maxCounted:
		diags = append(diags, tooMuch(p, fmt.Sprintf("All values of the configuration together have more than %d elements, which is the limit.", maxCounted)))
	default:
		return v, diags
	}
	return cty.DynamicVal, diags
}

// collection is the collection that a loop iterates over.
type collection struct {
	*hclsyntax.ParenthesesExpr
	of *total
}

// UnwrapExpression implements HCL's interface of expressions that stand for others.
func (c *collection) UnwrapExpression() hcl.Expression { return c.Expression }

// Value implements [hcl.Expression].
func (c *collection) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	c.of.sizes = sizes{}
	v, diags := c.Expression.Value(ctx)
	plain, _ := v.Unmark()
	if !plain.IsNull() && plain.IsKnown() && plain.CanIterateElements() {
		c.of.budget.rounds += plain.LengthInt()
	}
	if c.of.budget.rounds > maxRounds {
		return cty.DynamicVal, append(diags, tooMuch(c, fmt.Sprintf("The loops of the configuration go through more than %d elements, which is the limit for all of them together.", maxRounds)))
	}
	return v, diags
}

func tooMuch(at hclsyntax.Expression, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Too much for a configuration", Detail: detail, Subject: at.Range().Ptr()}
}
