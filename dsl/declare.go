package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var moduleSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
	{Type: "module", LabelNames: []string{"name"}},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "check", LabelNames: []string{"name"}},
	{Type: "profile", LabelNames: []string{"name"}},
	{Type: "image", LabelNames: []string{"name"}},
	{Type: "log"},
	{Type: "dism"},
	{Type: "scratch"},
	{Type: "layers"},
}}

// declare records what the files declare, without evaluating anything.
func (l *loader) declare(bodies []hcl.Body) {
	schema := &hcl.BodySchema{Blocks: slices.Clone(moduleSchema.Blocks)}
	for _, r := range refusedBlocks {
		schema.Blocks = append(schema.Blocks, r.header)
	}
	for _, body := range bodies {
		content, diags := body.Content(schema)
		l.report(diags)
		for _, block := range content.Blocks {
			if l.refusedBlock(block) {
				continue
			}
			switch block.Type {
			case "variable":
				l.declareVariable(block)
			case "locals":
				l.declareLocals(block)
			case "module":
				l.declareCall(block)
			case "check":
				l.declareCheck(block)
			case "output":
				l.declareOutput(block)
			case "profile":
				l.declareProfile(block)
			case "image":
				l.declareImage(block)
			default:
				l.declareSettings(block)
			}
		}
	}
}

// validName reports a label that can't be part of an address.
func (l *loader) validName(what, name string, at hcl.Range) bool {
	if hclsyntax.ValidIdentifier(name) {
		return true
	}
	l.errorAt(at, "Invalid name", fmt.Sprintf(
		"The %s name %q is not valid: a name starts with a letter and holds letters, digits, _ and - only.", what, name))
	return false
}

// duplicate reports a name that is already taken.
func (l *loader) duplicate(what, name string, first, second hcl.Range) {
	l.errorAt(second, "Duplicate "+what, fmt.Sprintf(
		"The %s %q is already declared at %s. Rename or remove one of them.", what, name, first))
}
