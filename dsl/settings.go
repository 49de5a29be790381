package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// Settings are the blocks that a module can have once: log, dism, scratch, layers.

func (d *declared) declareSettings(block *hcl.Block) {
	if first := d.settings[block.Type]; first != nil {
		d.errorAt(block.DefRange, "Duplicate "+block.Type+" block", fmt.Sprintf(
			"A configuration has one %s block; there is one at %s.", block.Type, first.DefRange))
		return
	}
	d.settings[block.Type] = block
}

// settings evaluates them.
type settings struct {
	*evaluator
	scope *hcl.EvalContext
}

// head returns the arguments and the range of the block of that type; nil if there is none.
func (s settings) head(name string, attrs ...hcl.AttributeSchema) (*head, hcl.Range) {
	block := s.declared.settings[name]
	if block == nil {
		return nil, hcl.Range{}
	}
	return s.headOf(block, s.scope, attrs...), block.DefRange
}
