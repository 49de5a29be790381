package dsl

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// scratch evaluates the block; zero if there is none.
func (s settings) scratch() Scratch {
	h, at := s.head("scratch", hcl.AttributeSchema{Name: "dirs", Required: true}, hcl.AttributeSchema{Name: "reserve"})
	if h == nil {
		return Scratch{}
	}
	c := Scratch{Dirs: h.texts("dirs"), Reserve: h.size("reserve"), Range: at}
	if len(c.Dirs) == 0 && !s.diags.HasErrors() { // after other errors the value may just be unknown
		h.wrong("dirs", "It must name one folder at least.")
	}
	if slices.Contains(c.Dirs, "") {
		h.wrong("dirs", "An element is empty.")
	}
	return c
}
