package dsl

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// evalScratch evaluates the block; zero if there is none.
func (l *loader) evalScratch() Scratch {
	h, at := l.settingsHead("scratch", hcl.AttributeSchema{Name: "dirs", Required: true}, hcl.AttributeSchema{Name: "reserve"})
	if h == nil {
		return Scratch{}
	}
	s := Scratch{Dirs: h.texts("dirs"), Reserve: h.size("reserve"), Range: at}
	if len(s.Dirs) == 0 && !l.diags.HasErrors() { // after other errors the value may only be unknown
		h.wrong("dirs", "It must name one folder at least.")
	}
	if slices.Contains(s.Dirs, "") {
		h.wrong("dirs", "An element is empty.")
	}
	return s
}
