package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// declareLayers takes down the block, of which a module has one.
func (l *loader) declareLayers(block *hcl.Block) {
	if l.layers != nil {
		l.errorAt(block.DefRange, "Duplicate layers block", fmt.Sprintf("A configuration has one layers block; there is one at %s.", l.layers.DefRange))
		return
	}
	l.layers = block
}

// evalLayers evaluates the block; zero if there is none.
func (l *loader) evalLayers() Layers {
	if l.layers == nil {
		return Layers{}
	}
	content, diags := l.layers.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "max_size"}}})
	l.report(diags)
	h := &head{loader: l, attrs: content.Attributes, ctx: l.scope}
	return Layers{MaxSize: h.size("max_size"), Range: l.layers.DefRange}
}
