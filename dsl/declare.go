package dsl

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
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
