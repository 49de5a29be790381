package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// declareScratch takes down the block, of which a module has one.
func (l *loader) declareScratch(block *hcl.Block) {
	if l.scratch != nil {
		l.errorAt(block.DefRange, "Duplicate scratch block", fmt.Sprintf("A configuration has one scratch block; there is one at %s.", l.scratch.DefRange))
		return
	}
	l.scratch = block
}

// evalScratch evaluates the block; zero if there is none.
func (l *loader) evalScratch() Scratch {
	if l.scratch == nil {
		return Scratch{}
	}
	content, diags := l.scratch.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{
		{Name: "dirs", Required: true}, {Name: "reserve"},
	}})
	l.report(diags)
	h := &head{loader: l, attrs: content.Attributes, ctx: l.scope}
	s := Scratch{Dirs: h.texts("dirs"), Reserve: h.size("reserve"), Range: l.scratch.DefRange}
	if len(s.Dirs) == 0 && !l.diags.HasErrors() { // after others, it may be that it is only not known
		h.wrong("dirs", "It must name one folder at least.")
	}
	if slices.Contains(s.Dirs, "") {
		h.wrong("dirs", "An element is empty.")
	}
	return s
}
