package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
)

// evaluator evaluates the expressions of a module, and checks what they refer to.
type evaluator struct {
	*declared
	refs imageRefs
}

// eval evaluates an expression that must not refer to other images. After an error, which it
// reports, it returns an unknown value.
func (e *evaluator) eval(expr hcl.Expression, ctx *hcl.EvalContext) cty.Value {
	value, from := e.evalFrom(expr, ctx)
	if !from.none() {
		e.errorAt(expr.Range(), "Invalid reference", "This can't be made from another image.")
		return cty.DynamicVal
	}
	return value
}

// evalAnywhere is like eval. The value keeps the mark [functions.FromRoot] of its paths.
func (e *evaluator) evalAnywhere(expr hcl.Expression, ctx *hcl.EvalContext) cty.Value {
	value := e.evalMarked(expr, ctx)
	if _, from := originsOf(value); !from.none() {
		return e.eval(expr, ctx) // reports it
	}
	return value
}

// evalFrom evaluates an expression that may refer to other images. It also returns these
// images.
func (e *evaluator) evalFrom(expr hcl.Expression, ctx *hcl.EvalContext) (cty.Value, origins) {
	return originsOf(e.evalMarked(expr, ctx))
}

// evalMarked evaluates an expression; values from other images carry a mark.
func (e *evaluator) evalMarked(expr hcl.Expression, ctx *hcl.EvalContext) cty.Value {
	if !e.checkReferences(expr, ctx) {
		return cty.DynamicVal
	}
	ctx = e.refs.within(expr, ctx)
	value, diags := expr.Value(ctx)
	for _, d := range diags {
		e.diags = append(e.diags, withhold(d, expr, ctx))
	}
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return value
}

// checkReferences reports references to undeclared names. HCL's own errors would call the
// names objects and attributes.
func (e *evaluator) checkReferences(expr hcl.Expression, ctx *hcl.EvalContext) bool {
	ok, dynamic := true, indexed(expr)
	for _, traversal := range expr.Variables() {
		summary, detail := e.checkReference(traversal, ctx)
		if facts, ok := scoped(ctx, "image"); ok && traversal.RootName() == "image" {
			summary, detail = e.refs.check(traversal, facts, dynamic)
		}
		if summary != "" {
			e.errorAt(traversal.SourceRange(), summary, detail)
			ok = false
		}
	}
	return ok
}

func (e *evaluator) checkReference(traversal hcl.Traversal, ctx *hcl.EvalContext) (summary, detail string) {
	root := traversal.RootName()
	if !slices.Contains([]string{"var", "local", "module", "profile"}, root) && inScope(ctx, root) {
		return "", ""
	}
	switch root {
	case "var":
		if vars, ok := scoped(ctx, root); ok { // includes those of a profile
			return unknownMember(traversal, "variable", vars.Type().AttributeTypes())
		}
		return unknownMember(traversal, "variable", e.variables)
	case "local":
		if !inScope(ctx, root) {
			return "Invalid reference", "The rules of variables are checked before local values are known; they can refer to variables only."
		}
		return unknownMember(traversal, "local value", e.locals)
	case "module":
		if !inScope(ctx, root) {
			return "Invalid reference", "The rules of variables are checked before modules are known; they can refer to variables only."
		}
		return e.calls.check(traversal, inScope(ctx, "profile"))
	case "each":
		return "Invalid reference", `"each" is known inside of blocks with for_each only.`
	case "image":
		return "Invalid reference", `"image" is known inside of image and profile blocks only.`
	case "self":
		return "Invalid reference", `"self" is known inside of postconditions only.`
	case "profile":
		if inScope(ctx, root) {
			return unknownMember(traversal, "profile", e.profiles)
		}
		return "Invalid reference", `A profile can be named in "use" only.`
	}
	if e.kinds.Kind(root) != nil {
		return "Invalid reference", fmt.Sprintf(
			`An expression can't refer to a resource (%s). Put the value both need into a local value; for the order, use "depends_on".`, root)
	}
	return "", ""
}

// unknownMember returns the error for a reference to an undeclared member of var or local.
func unknownMember[V any](traversal hcl.Traversal, what string, declared map[string]V) (summary, detail string) {
	root := traversal.RootName()
	name, _, ok := member(traversal, root)
	if !ok {
		return "Invalid reference", fmt.Sprintf("%q can't be used as a whole; refer to one %s, as in %s.name.", root, what, root)
	}
	if _, known := declared[name]; known {
		return "", ""
	}
	return "Unknown " + what, fmt.Sprintf("The configuration declares no %s %q.%s", what, name, similar.Hint(name, sortedKeys(declared)))
}

// member returns the name after the root, x for var.x and var["x"], and the range
// of both.
func member(traversal hcl.Traversal, root string) (name string, at hcl.Range, ok bool) {
	if traversal.IsRelative() || traversal.RootName() != root || len(traversal) < 2 {
		return "", hcl.Range{}, false
	}
	at = traversal[:2].SourceRange()
	switch step := traversal[1].(type) {
	case hcl.TraverseAttr:
		return step.Name, at, true
	case hcl.TraverseIndex:
		name, ok = stringKey(step)
		return name, at, ok
	}
	return "", at, false
}

// stringKey returns the key of an index by a string.
func stringKey(index hcl.TraverseIndex) (string, bool) {
	if index.Key.Type() != cty.String || !index.Key.IsKnown() || index.Key.IsNull() {
		return "", false
	}
	return index.Key.AsString(), true
}

func inScope(ctx *hcl.EvalContext, name string) bool {
	_, ok := scoped(ctx, name)
	return ok
}

// scoped returns the value of a name in the innermost context that defines it.
func scoped(ctx *hcl.EvalContext, name string) (cty.Value, bool) {
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[name]; ok {
			return v, true
		}
	}
	return cty.NilVal, false
}

// within returns a child context that defines one more name.
func within(ctx *hcl.EvalContext, name string, value cty.Value) *hcl.EvalContext {
	child := ctx.NewChild()
	child.Variables = map[string]cty.Value{name: value}
	child.Functions = ctx.Functions // HCL proposes names from the innermost context only
	return child
}
