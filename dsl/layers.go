package dsl

import "github.com/hashicorp/hcl/v2"

// layers evaluates the block; zero if there is none.
func (s settings) layers() Layers {
	h, at := s.head("layers", hcl.AttributeSchema{Name: "max_size"})
	if h == nil {
		return Layers{}
	}
	return Layers{MaxSize: h.size("max_size"), Range: at}
}
