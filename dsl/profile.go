package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
)

// profile is a named group of resources that images use.
type profile struct {
	name   string
	at     hcl.Range
	use    []*profile
	blocks hcl.Blocks
	using  hcl.Expression // nil if the profile uses no other
	state  visit
	used   bool
}

func (l *loader) declareProfile(block *hcl.Block) {
	p := &profile{name: block.Labels[0], at: block.DefRange}
	if !l.validName("profile", p.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := l.profiles[p.name]; ok {
		l.duplicate("profile", p.name, first.at, p.at)
		return
	}
	l.profiles[p.name] = p
	content, diags := block.Body.Content(&hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "use"}},
		Blocks:     l.resourceHeaders(),
	})
	l.report(diags)
	p.blocks = content.Blocks
	if attr := content.Attributes["use"]; attr != nil {
		p.using = attr.Expr
	}
}

// checkUse resolves which profiles use which, and reports circles.
func (l *loader) checkUse() {
	for _, name := range sortedKeys(l.profiles) {
		p := l.profiles[name]
		p.use = l.profilesIn(p.using)
	}
	for _, name := range sortedKeys(l.profiles) {
		l.checkCircle(l.profiles[name], nil)
	}
}

func (l *loader) checkCircle(p *profile, chain []string) {
	chain = append(chain, p.name)
	switch p.state {
	case visited:
		return
	case visiting:
		l.cycle("profile", chain, p.using.Range())
		return
	}
	p.state = visiting
	for _, other := range p.use {
		l.checkCircle(other, chain)
	}
	p.state = visited
}

// profilesIn returns the profiles named by the value of a use argument.
func (l *loader) profilesIn(expr hcl.Expression) []*profile {
	if expr == nil {
		return nil
	}
	exprs, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		l.errorAt(expr.Range(), "Invalid use", "A list of profiles is needed, as in [profile.hardening].")
		return nil
	}
	var found []*profile
	for _, expr := range exprs {
		traversal, diags := hcl.AbsTraversalForExpr(expr)
		name, _, ok := "", hcl.Range{}, false
		if !diags.HasErrors() {
			name, _, ok = member(traversal, "profile")
		}
		if !ok || len(traversal) > 2 {
			l.errorAt(expr.Range(), "Invalid use", "A reference to a profile is needed, as in profile.hardening.")
			continue
		}
		p := l.profiles[name]
		if p == nil {
			l.errorAt(expr.Range(), "Unknown profile", fmt.Sprintf(
				"The configuration declares no profile %q.%s", name, similar.Hint(name, sortedKeys(l.profiles))))
			continue
		}
		found = append(found, p)
	}
	return found
}

// gather appends the profiles and those they use, each once, used ones first.
func gather(order []*profile, seen map[*profile]bool, profiles []*profile) []*profile {
	for _, p := range profiles {
		if seen[p] {
			continue
		}
		seen[p] = true
		p.used = true
		order = append(gather(order, seen, p.use), p)
	}
	return order
}

// checkUnusedProfiles finds the mistakes in the profiles that no image uses.
func (l *loader) checkUnusedProfiles() {
	for _, name := range sortedKeys(l.profiles) {
		if p := l.profiles[name]; !p.used {
			set := &resourceSet{loader: l, first: map[[2]string]hcl.Range{}}
			set.add(p.name, p.blocks, within(l.scope, "image", cty.DynamicVal))
		}
	}
}
