package dsl

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/functions"
)

// arrange sorts diagnostics by file and position, and removes duplicates.
func arrange(diags hcl.Diagnostics) hcl.Diagnostics {
	type identity struct {
		summary, detail string
		at              hcl.Range
	}
	seen := map[identity]bool{}
	var kept hcl.Diagnostics
	for _, d := range diags {
		id := identity{summary: d.Summary, detail: d.Detail}
		if d.Subject != nil {
			id.at = *d.Subject
		}
		if !seen[id] {
			seen[id] = true
			kept = append(kept, d)
		}
	}
	slices.SortStableFunc(kept, func(a, b *hcl.Diagnostic) int {
		x, y := subject(a), subject(b)
		return cmp.Or(
			cmp.Compare(x.Filename, y.Filename),
			cmp.Compare(x.Start.Byte, y.Start.Byte),
			cmp.Compare(a.Summary, b.Summary),
			cmp.Compare(a.Detail, b.Detail),
		)
	})
	return kept
}

func subject(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

// withhold replaces the detail of a diagnostic if the expression uses sensitive values that
// the detail may quote: HCL quotes values, and includes the errors of functions.
func withhold(d *hcl.Diagnostic, expr hcl.Expression, ctx *hcl.EvalContext) *hcl.Diagnostic {
	_, call := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !call && !strings.Contains(d.Detail, `"`) {
		return d
	}
	inner := d.Expression != nil && d.EvalContext != nil && involvesSensitive(d.Expression, d.EvalContext)
	if !inner && !involvesSensitive(expr, ctx) {
		return d
	}
	safe := *d
	safe.Detail = "What is wrong is not shown, because the expression works on a sensitive value."
	return &safe
}

func involvesSensitive(expr hcl.Expression, ctx *hcl.EvalContext) bool {
	for _, traversal := range expr.Variables() {
		value, diags := traversal.TraverseAbs(ctx)
		if !diags.HasErrors() && isSensitive(value) {
			return true
		}
	}
	node, ok := expr.(hclsyntax.Node)
	if !ok {
		return false
	}
	found := false
	hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		if call, ok := n.(*hclsyntax.FunctionCallExpr); ok && call.Name == "sensitive" {
			found = true
		}
		return nil
	})
	return found
}

// isSensitive reports whether the value, or anything in it, is sensitive.
func isSensitive(v cty.Value) bool {
	if !v.ContainsMarked() {
		return false
	}
	_, marks := v.UnmarkDeep()
	_, ok := marks[functions.Sensitive]
	return ok
}

// oneOf joins the alternatives: "a", "b" or "c".
func oneOf(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
}

// reason returns why a conversion failed, with the path inside the value.
func reason(err error) string {
	var at cty.PathError
	if !errors.As(err, &at) || len(at.Path) == 0 {
		return err.Error()
	}
	var place strings.Builder
	for _, step := range at.Path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			place.WriteString("." + step.Name)
		case cty.IndexStep:
			switch {
			case !step.Key.IsKnown() || step.Key.IsMarked():
				place.WriteString("[…]")
			case step.Key.Type() == cty.String:
				place.WriteString("[" + strconv.Quote(step.Key.AsString()) + "]")
			case step.Key.Type() == cty.Number:
				place.WriteString("[" + step.Key.AsBigFloat().Text('f', -1) + "]")
			default:
				place.WriteString("[…]")
			}
		}
	}
	return place.String() + ": " + at.Error()
}
