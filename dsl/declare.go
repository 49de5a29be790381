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
	{Type: "policy", LabelNames: []string{"name"}},
	{Type: "log"},
	{Type: "dism"},
	{Type: "scratch"},
	{Type: "layers"},
}}

// declared is what the files of a module declare, by name.
type declared struct {
	*reporter
	kinds  Kinds
	called bool // the module is called, and not the configuration itself

	variables  variables
	locals     map[string]*local
	calls      calls
	outputs    outputs
	checks     map[string]check
	profiles   profiles
	images     map[string]*imageBlock
	imageOrder []*imageBlock
	settings   map[string]*hcl.Block // by type
	policies   map[string]*hcl.Block // by name
}

func newDeclared(r *reporter, kinds Kinds, called bool) *declared {
	return &declared{
		reporter: r, kinds: kinds, called: called,
		variables: variables{},
		locals:    map[string]*local{},
		calls:     calls{},
		outputs:   outputs{},
		checks:    map[string]check{},
		profiles:  profiles{},
		images:    map[string]*imageBlock{},
		settings:  map[string]*hcl.Block{},
		policies:  map[string]*hcl.Block{},
	}
}

// declare records what the files declare, without evaluating anything.
func (d *declared) declare(bodies []hcl.Body) {
	schema := &hcl.BodySchema{Blocks: slices.Clone(moduleSchema.Blocks)}
	for _, r := range refusedBlocks {
		schema.Blocks = append(schema.Blocks, r.header)
	}
	for _, body := range bodies {
		content, diags := body.Content(schema)
		d.report(diags)
		for _, block := range content.Blocks {
			if d.refusedBlock(block) {
				continue
			}
			switch block.Type {
			case "variable":
				d.declareVariable(d.variables, block)
			case "locals":
				d.declareLocals(block)
			case "module":
				d.declareCall(block)
			case "check":
				d.declareCheck(block)
			case "output":
				d.declareOutput(block)
			case "profile":
				d.declareProfile(block)
			case "image":
				d.declareImage(block)
			case "policy":
				d.declarePolicy(block)
			default:
				d.declareSettings(block)
			}
		}
	}
}
