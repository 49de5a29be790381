package dsl

import "github.com/hashicorp/hcl/v2"

// evalLayers evaluates the block; zero if there is none.
func (l *loader) evalLayers() Layers {
	h, at := l.settingsHead("layers", hcl.AttributeSchema{Name: "max_size"})
	if h == nil {
		return Layers{}
	}
	return Layers{MaxSize: h.size("max_size"), Range: at}
}
