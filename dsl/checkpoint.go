package dsl

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
)

// checkpoint evaluates the block of an image.
func (in *instance) checkpoint() Checkpoint {
	h, _ := in.inner("checkpoint", "steps", "every", "after")
	if h == nil {
		return Checkpoint{}
	}
	c := Checkpoint{Steps: h.count("steps"), After: h.kindNames("after")}
	if every := h.text("every"); every != "" {
		d, err := time.ParseDuration(every)
		if err != nil || d <= 0 {
			h.wrong("every", fmt.Sprintf(`%q is no duration; it is written like "10m", "90s" or "1h30m", and greater than zero.`, every))
		}
		c.Every = max(d, 0)
	}
	return c
}

// kindNames returns the names of kinds in an argument, each once. The author can write them
// with or without quotation marks.
func (h *head) kindNames(name string) []string {
	attr := h.attrs[name]
	if attr == nil {
		return nil
	}
	exprs, diags := hcl.ExprList(attr.Expr)
	if diags.HasErrors() {
		h.wrong(name, "A list of kinds of resources is needed, as in [package, language_pack].")
		return nil
	}
	var kinds []string
	for _, expr := range exprs {
		if kind := h.kind(name, expr); kind != "" && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// kind returns the kind that an expression names; empty if none.
func (h *head) kind(attr string, expr hcl.Expression) string {
	given := hcl.ExprAsKeyword(expr)
	if given == "" {
		value, diags := expr.Value(h.ctx)
		if diags.HasErrors() || isSensitive(value) || !value.IsWhollyKnown() || value.IsNull() || value.Type() != cty.String {
			h.errorAt(expr.Range(), "Invalid value", fmt.Sprintf("The argument %q is wrong. A kind of resource is needed, as in package or \"package\".", attr))
			return ""
		}
		given = value.AsString()
	}
	var names []string
	for _, k := range h.kinds {
		names = append(names, k.Name)
	}
	if !slices.Contains(names, given) {
		h.errorAt(expr.Range(), "Unknown kind", fmt.Sprintf("There is no kind of resource %q.%s", given, similar.Hint(given, names)))
		return ""
	}
	return given
}
