package dsl

import (
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// profile is a named group of resources that images use.
type profile struct {
	module *loader // that declares it
	name   string
	at     hcl.Range
	use    []*profile
	blocks hcl.Blocks
	using  hcl.Expression // nil if the profile uses no other
	state  visit
	used   bool
}

// profiles are those of a module, by their names.
type profiles map[string]*profile

func (d *declared) declareProfile(block *hcl.Block) {
	p := &profile{name: block.Labels[0], at: block.DefRange}
	if !d.validName("profile", p.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := d.profiles[p.name]; ok {
		d.duplicate("profile", p.name, first.at, p.at)
		return
	}
	d.profiles[p.name] = p
	content, diags := block.Body.Content(&hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "use"}},
		Blocks:     d.kinds.headers(),
	})
	d.report(diags)
	p.blocks = content.Blocks
	if attr := content.Attributes["use"]; attr != nil {
		p.using = attr.Expr
	}
}

// checkUse resolves which profiles use which, and reports circles.
func (l *loader) checkUse() {
	for _, name := range sortedKeys(l.profiles) {
		p := l.profiles[name]
		p.module = l
		if p.using == nil {
			continue
		}
		for _, u := range l.profilesIn(p.using, l.scope) {
			p.use = append(p.use, u.profile)
		}
	}
	for _, name := range sortedKeys(l.profiles) {
		l.checkCircle(l.profiles[name], nil)
	}
}

func (l *loader) checkCircle(p *profile, chain []string) {
	chain = append(chain, "profile."+p.name)
	switch p.state {
	case visited:
		return
	case visiting:
		l.cycle(chain, p.using.Range())
		return
	}
	p.state = visiting
	for _, other := range p.use {
		if other.module == l { // a module can't use what its caller has
			l.checkCircle(other, chain)
		}
	}
	p.state = visited
}

// A use is a profile that an image uses.
type use struct {
	*profile
	varies bool // which one it is depends on the image
}

// profileType is that of the values that stand for profiles in a use argument.
var profileType = cty.Capsule("profile", reflect.TypeOf(profile{}))

// profilesIn returns the profiles that a use argument lists.
func (e *evaluator) profilesIn(expr hcl.Expression, ctx *hcl.EvalContext) []use {
	exprs, diags := hcl.ExprList(expr)
	if diags.HasErrors() {
		e.errorAt(expr.Range(), "Invalid use", "A list of profiles is needed, as in [profile.hardening].")
		return nil
	}
	ctx = within(within(ctx, "profile", e.profiles.value()), "module", e.calls.profiles())
	var found []use
	for _, expr := range exprs {
		if t, diags := hcl.AbsTraversalForExpr(expr); !diags.HasErrors() {
			expr = &hclsyntax.ScopeTraversalExpr{Traversal: t, SrcRange: expr.Range()} // what JSON writes as a string
		}
		before := len(e.diags)
		value := e.eval(expr, ctx)
		value, _ = value.Unmark()
		switch {
		case value.Type() == profileType && value.IsKnown() && !value.IsNull():
			found = append(found, use{value.EncapsulatedValue().(*profile), refers(expr, []string{"image", "each"})})
		case value.Type() == cty.DynamicPseudoType && !value.IsKnown() || e.diags[before:].HasErrors():
		default:
			e.errorAt(expr.Range(), "Invalid use", "A reference to a profile is needed, as in profile.hardening or module.base.profile.hardening.")
		}
	}
	return found
}

// value is the object behind profile.
func (ps profiles) value() cty.Value {
	values := make(map[string]cty.Value, len(ps))
	for name, p := range ps {
		values[name] = cty.CapsuleVal(profileType, p)
	}
	return cty.ObjectVal(values)
}

// gather appends the profiles and those they use, each once, used ones first.
func gather(order []use, seen map[*profile]bool, uses []use) []use {
	for _, u := range uses {
		if seen[u.profile] {
			continue
		}
		seen[u.profile] = true
		u.used = true
		var inner []use
		for _, p := range u.use {
			inner = append(inner, use{p, u.varies})
		}
		order = append(gather(order, seen, inner), u)
	}
	return order
}

// checkUnusedProfiles finds the mistakes in the profiles that no image uses.
func (l *loader) checkUnusedProfiles() {
	for _, name := range sortedKeys(l.profiles) {
		if p := l.profiles[name]; !p.used {
			set := &resourceSet{first: map[Addr]hcl.Range{}}
			set.add(l, use{profile: p}, p.blocks, within(l.scope, "image", cty.DynamicVal))
		}
	}
}
