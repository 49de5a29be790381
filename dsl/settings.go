package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// Settings are the blocks that a module may have once: log, dism, scratch, layers.

func (d *declared) declareSettings(block *hcl.Block) {
	if first := d.settings[block.Type]; first != nil {
		d.errorAt(block.DefRange, "Duplicate "+block.Type+" block", fmt.Sprintf(
			"A configuration has one %s block; there is one at %s.", block.Type, first.DefRange))
		return
	}
	d.settings[block.Type] = block
}

// settingsHead returns the arguments of the block of that type, and where it is; nil if
// there is none.
func (l *loader) settingsHead(name string, attrs ...hcl.AttributeSchema) (*head, hcl.Range) {
	block := l.settings[name]
	if block == nil {
		return nil, hcl.Range{}
	}
	content, diags := block.Body.Content(&hcl.BodySchema{Attributes: attrs})
	l.report(diags)
	return &head{loader: l, attrs: content.Attributes, ctx: l.scope}, block.DefRange
}
