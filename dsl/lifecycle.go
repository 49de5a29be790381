package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// lifecycle is the content of a block lifecycle.
type lifecycle struct {
	at            hcl.Range
	protect       bool // prevent_destroy
	ignore        []string
	ignoreAll     bool
	before, after []rule // preconditions and postconditions
}

var lifecycleHeader = hcl.BlockHeaderSchema{Type: "lifecycle"}

// lifecycleOf evaluates the blocks lifecycle of a resource, or of an image, which has no
// schema.
func lifecycleOf(r *reporter, blocks hcl.Blocks, schema Schema, of string) lifecycle {
	var c lifecycle
	for i, block := range blocks {
		if i > 0 {
			r.errorAt(block.DefRange, "Duplicate lifecycle block", fmt.Sprintf("%s has one lifecycle block; there is one at %s.", of, c.at))
			break
		}
		c.at = block.DefRange
		content, diags := block.Body.Content(&hcl.BodySchema{
			Attributes: []hcl.AttributeSchema{{Name: "prevent_destroy"}, {Name: "ignore_changes"}, {Name: "create_before_destroy"}, {Name: "replace_triggered_by"}},
			Blocks:     []hcl.BlockHeaderSchema{{Type: "precondition"}, {Type: "postcondition"}},
		})
		r.report(diags)
		r.refusedArguments(content.Attributes, "create_before_destroy", "replace_triggered_by")
		c.protect = r.constantBool(content.Attributes["prevent_destroy"], false)
		c.before = rulesOf(r, content.Blocks.OfType("precondition"))
		ignore, after := content.Attributes["ignore_changes"], content.Blocks.OfType("postcondition")
		if schema != nil {
			c.after = rulesOf(r, after)
			c.ignored(r, ignore, schema)
			continue
		}
		if ignore != nil {
			r.errorAt(ignore.NameRange, "No argument here", `An image has no "ignore_changes": what is not declared is left as it is. Write it in the lifecycle block of a resource.`)
		}
		for _, block := range after {
			r.errorAt(block.DefRange, "No block here", `An image has no postconditions. What must be true of its resources is a postcondition of these; what must be true of the file, such as image.base.size, is a block check of the configuration.`)
		}
	}
	return c
}

// ignored reads ignore_changes: all, or a list of attributes that gild compares with the
// image.
func (c *lifecycle) ignored(r *reporter, attr *hcl.Attribute, schema Schema) {
	if attr == nil {
		return
	}
	if c.ignoreAll = hcl.ExprAsKeyword(attr.Expr) == "all"; c.ignoreAll {
		return
	}
	exprs, diags := hcl.ExprList(attr.Expr)
	if diags.HasErrors() {
		r.errorAt(attr.Expr.Range(), "Invalid ignore_changes", "A list of arguments is needed, as in [value], or all.")
		return
	}
	var can []string
	for _, a := range schema {
		if !a.Key && !a.Hint && !a.Computed {
			can = append(can, a.Name)
		}
	}
	for _, expr := range exprs {
		name := hcl.ExprAsKeyword(expr)
		a := schema.Attr(name)
		var why string
		switch {
		case name == "":
			why = "An element must be the name of an argument, without quotes."
		case a == nil:
			why = fmt.Sprintf("There is no argument %q.", name)
		case a.Key:
			why = fmt.Sprintf("%q says which thing in the image is meant, so it can't differ.", name)
		case !slices.Contains(can, name):
			why = fmt.Sprintf("%q itself is not compared with the image. With ignore_changes = all, nothing of the resource is.", name)
		default:
			c.ignore = append(c.ignore, name)
			continue
		}
		if len(can) > 0 {
			why += fmt.Sprintf(" It can be %s.", oneOf(can))
		}
		r.errorAt(expr.Range(), "Invalid ignore_changes", why)
	}
}
