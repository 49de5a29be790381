package dsl

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// profile is a named group of resources that images use.
type profile struct {
	module *loader // that declares it
	name   string
	at     hcl.Range
	use    []use
	vars   variables      // inputs; each use assigns their values
	blocks hcl.Blocks     // of resources
	using  hcl.Expression // nil if the profile uses no other
	state  visit
	used   bool
}

// profiles are those of a module, by their names.
type profiles map[string]*profile

func (d *declared) declareProfile(block *hcl.Block) {
	p := &profile{name: block.Labels[0], at: block.DefRange, vars: variables{}}
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
		Blocks:     append(d.kinds.headers(), hcl.BlockHeaderSchema{Type: "variable", LabelNames: []string{"name"}}),
	})
	d.report(diags)
	for _, block := range content.Blocks {
		if block.Type == "variable" {
			d.declareVariable(p.vars, block)
		} else {
			p.blocks = append(p.blocks, block)
		}
	}
	if attr := content.Attributes["use"]; attr != nil {
		p.using = attr.Expr
	}
}

// checkUse resolves which profiles use which, and reports cycles.
func (l *loader) checkUse() {
	for _, name := range sortedKeys(l.profiles) {
		p := l.profiles[name]
		p.module = l
		p.checkVariables()
		if p.using != nil {
			p.use = l.profilesIn(p.using, l.scope)
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
		if other.module == l { // a module can't use its caller's profiles
			l.checkCircle(other.profile, chain)
		}
	}
	p.state = visited
}

// profileArguments are arguments that are not inputs of a profile.
var profileArguments = []string{"profile"}

// checkVariables reports variables whose names are reserved.
func (p *profile) checkVariables() {
	for _, name := range sortedKeys(p.vars) {
		v := p.vars[name]
		if slices.Contains(profileArguments, name) {
			p.module.errorAt(v.at, "Reserved name", fmt.Sprintf("A profile can't have a variable %q, because that means something else where inputs are given. Rename it.", name))
			delete(p.vars, name)
		} else if first := p.module.variables[name]; first != nil {
			p.module.errorAt(v.at, "Duplicate variable", fmt.Sprintf(
				"The variable %q is declared at %s already, and profiles see that, too. Rename one of them.", name, first.at))
			delete(p.vars, name)
		}
	}
}

// A use is a profile that an image uses.
type use struct {
	*profile
	varies bool           // the choice of the profile, or its inputs, depend on the image
	inputs hcl.Attributes // values of its variables
	at     hcl.Range
}

// profileType is the type of values that represent profiles in a use argument.
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
		u := use{at: expr.Range()}
		if pairs, diags := hcl.ExprMap(expr); !diags.HasErrors() {
			u.inputs = e.inputsIn(pairs)
			if u.inputs["profile"] == nil {
				e.errorAt(u.at, "Invalid use", "This needs a profile, as in { profile = profile.office, level = 2 }.")
				continue
			}
			expr = u.inputs["profile"].Expr
		}
		if t, diags := hcl.AbsTraversalForExpr(expr); !diags.HasErrors() {
			expr = &hclsyntax.ScopeTraversalExpr{Traversal: t, SrcRange: expr.Range()} // a string in JSON
		}
		before := len(e.diags)
		value := e.eval(expr, ctx)
		value, _ = value.Unmark()
		switch {
		case value.Type() == profileType && value.IsKnown() && !value.IsNull():
			u.profile, u.varies = value.EncapsulatedValue().(*profile), refers(expr, []string{"image", "each"})
			for _, name := range sortedKeys(u.inputs) {
				u.varies = u.varies || refers(u.inputs[name].Expr, []string{"image", "each"})
			}
			found = append(found, u)
		case value.Type() == cty.DynamicPseudoType && !value.IsKnown() || e.diags[before:].HasErrors():
		default:
			e.errorAt(expr.Range(), "Invalid use", "A reference to a profile is needed, as in profile.hardening or module.base.profile.hardening.")
		}
	}
	return found
}

// inputsIn returns the arguments of a use that is written as an object.
func (r *reporter) inputsIn(pairs []hcl.KeyValuePair) hcl.Attributes {
	attrs := hcl.Attributes{}
	for _, pair := range pairs {
		key, diags := pair.Key.Value(nil)
		r.report(diags)
		if diags.HasErrors() || key.Type() != cty.String || key.IsNull() || !key.IsKnown() {
			continue
		}
		name := key.AsString()
		if attrs[name] != nil {
			r.errorAt(pair.Key.Range(), "Duplicate input", fmt.Sprintf("The input %q is given twice. Remove one of them.", name))
		}
		attrs[name] = &hcl.Attribute{Name: name, Expr: pair.Value, NameRange: pair.Key.Range(), Range: hcl.RangeBetween(pair.Key.Range(), pair.Value.Range())}
	}
	return attrs
}

// value returns the value of the name profile.
func (ps profiles) value() cty.Value {
	values := make(map[string]cty.Value, len(ps))
	for name, p := range ps {
		values[name] = cty.CapsuleVal(profileType, p)
	}
	return cty.ObjectVal(values)
}

// scopedProfile is a profile with the values of its variables, for one image.
type scopedProfile struct {
	use
	vars cty.Value
	ctx  *hcl.EvalContext // of its resources
}

// gathering collects the profiles of an image and those that they use, each once, in
// topological order.
type gathering struct {
	image cty.Value // value of the name image
	order []scopedProfile
	seen  map[*profile]scopedProfile
}

// add adds profiles that are used by an expression with a scope.
func (g *gathering) add(e *evaluator, uses []use, ctx *hcl.EvalContext) {
	for _, u := range uses {
		p := u.scope(e, ctx, g.image)
		if first, seen := g.seen[u.profile]; seen {
			if !first.vars.RawEquals(p.vars) {
				e.errorAt(u.at, "Profile used twice", fmt.Sprintf(
					"The profile %q is used at %s with other inputs. An image has a profile once: make it a module with for_each to have its resources several times.", u.name, first.at))
			}
			continue
		}
		g.seen[u.profile] = p
		u.used = true
		inner := slices.Clone(u.profile.use)
		for i := range inner {
			inner[i].varies = inner[i].varies || u.varies
		}
		g.add(u.module.evaluator, inner, p.ctx)
		g.order = append(g.order, p)
	}
}

// scope assigns the values of a profile's variables.
func (u use) scope(e *evaluator, ctx *hcl.EvalContext, image cty.Value) scopedProfile {
	vars := variables{}
	for name, v := range u.profile.vars {
		copied := *v
		vars[name] = &copied
	}
	handing{e, vars, profileArguments, fmt.Sprintf("profile %q", u.name)}.hand(u.inputs, u.at, ctx)
	return u.within(vars, image)
}

// within returns the scope of a profile's resources.
func (u use) within(vars variables, image cty.Value) scopedProfile {
	m, values := u.module, vars.value()
	p := scopedProfile{use: u, vars: values, ctx: within(m.scope, "image", image)}
	if len(vars) > 0 {
		all := values.AsValueMap()
		maps.Copy(all, m.variables.value().AsValueMap())
		p.ctx = within(p.ctx, "var", cty.ObjectVal(all))
		m.validate(vars, p.ctx)
	}
	return p
}

// checkUnusedProfiles reports mistakes in profiles that no image uses.
func (l *loader) checkUnusedProfiles() {
	for _, name := range sortedKeys(l.profiles) {
		if p := l.profiles[name]; !p.used {
			for _, v := range p.vars {
				if v.value = v.initial; v.initial == cty.NilVal {
					v.value = v.unknown()
				}
				v.from = v.at
			}
			set := &resourceSet{first: map[Addr]hcl.Range{}}
			set.add(l, use{profile: p}, p.blocks, use{profile: p}.within(p.vars, cty.DynamicVal).ctx)
		}
	}
}
