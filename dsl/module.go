package dsl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
)

// call is a module block: a module that this one uses, once or for each element.
type call struct {
	name      string
	at        hcl.Range
	attrs     hcl.Attributes // all arguments
	source    string
	version   string
	state     visit
	wrong     bool               // how often it is called, or what it holds, is not known
	instances map[string]*loader // by for_each key; under the empty key without for_each
}

// inputs that a module can't declare, because they mean something in a module block.
var moduleArguments = []string{"source", "version", "for_each"}

func (l *loader) declareCall(block *hcl.Block) {
	c := &call{name: block.Labels[0], at: block.DefRange, instances: map[string]*loader{}}
	if !l.validName("module", c.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := l.calls[c.name]; ok {
		l.duplicate("module", c.name, first.at, c.at)
		return
	}
	l.calls[c.name] = c
	attrs, diags := block.Body.JustAttributes()
	l.report(diags)
	c.attrs, c.wrong = attrs, diags.HasErrors() || l.refusedArguments(attrs, "count", "providers", "depends_on")
	if attrs["source"] == nil {
		l.errorAt(c.at, "Missing source", `A module needs a "source": the path of its folder, as in "./modules/base".`)
		c.wrong = true
		return
	}
	before := len(l.diags)
	c.source, c.version = l.constantString(attrs["source"]), l.constantString(attrs["version"])
	if c.source == "" && !l.diags[before:].HasErrors() {
		l.errorAt(attrs["source"].Range, "Missing source", "The source of a module must not be empty.")
	}
	if _, err := version.NewConstraint(c.version); c.version != "" && err != nil {
		l.errorAt(attrs["version"].Range, "Invalid version", fmt.Sprintf(
			`%q is no constraint on versions; it is written like "1.4.0", "~> 1.4" or ">= 1.2, < 2.0".`, c.version))
	}
	c.wrong = c.wrong || l.diags[before:].HasErrors()
}

// known reports whether it is known how often the module is called, and what it holds.
func (c *call) known() bool { return c.state == visited && !c.wrong }

func (c *call) family() bool { return c.attrs["for_each"] != nil }

// below is the address of a module that this one calls.
func (l *loader) below(name string) string {
	return strings.TrimPrefix(l.address+".module."+name, ".")
}

// enter reads a module and evaluates it, once or for each element.
func (l *loader) enter(c *call, chain []string) {
	var exprs []hcl.Expression
	for _, name := range sortedKeys(c.attrs) {
		exprs = append(exprs, c.attrs[name].Expr)
	}
	ctx := l.scopeOf(chain, exprs...)
	if c.wrong {
		return
	}
	f := l.find(c)
	if f == nil || f.broken || l.includesItself(c, f) {
		c.wrong = true
		return
	}
	if !c.family() {
		c.instances[""] = l.call(c, f, "", ctx)
		return
	}
	before := len(l.diags)
	elements, known := l.elements(c.attrs["for_each"].Expr, ctx)
	c.wrong = !known || l.diags[before:].HasErrors()
	for _, e := range elements {
		c.instances[e.key] = l.call(c, f, e.key, within(ctx, "each", e.object()))
	}
}

// includesItself reports a module that calls itself, by whatever path, and modules
// beyond the limits.
func (l *loader) includesItself(c *call, f *folder) bool {
	at, depth := c.attrs["source"].Range, 0
	for m := l; m != nil; m = m.caller {
		if depth++; m.folder.same(f) {
			l.errorAt(at, "Module includes itself", fmt.Sprintf(
				"%q is the folder %s, which this file belongs to or which calls it. Take the part that both need into a module of its own.", c.source, l.displayPath(f.dir)))
			return true
		}
	}
	switch {
	case depth > maxModuleDepth:
		l.errorAt(at, "Modules nested too deep", fmt.Sprintf("Modules may call each other %d deep. Does one include itself through a link?", maxModuleDepth))
	case len(l.modules) > maxModuleInstances:
		l.errorAt(at, "Too many modules", fmt.Sprintf("A configuration may have %d instances of modules.", maxModuleInstances))
	default:
		return false
	}
	return true
}

// call evaluates one instance of a module.
func (l *loader) call(c *call, f *folder, key string, ctx *hcl.EvalContext) *loader {
	opts := l.opts
	opts.FS, opts.Dir = f.fs, l.displayPath(f.dir)
	m := newLoader(l.run, opts, f)
	m.caller, m.address = l, l.below(keyed(c.name, key))
	m.declare(f.bodies)
	l.hand(c, m, ctx)
	m.validateVariables()
	m.resolveNames()
	m.checkUse()
	m.resolveOutputs()
	return m
}

// hand gives the arguments of a call to the variables of the module.
func (l *loader) hand(c *call, m *loader, ctx *hcl.EvalContext) {
	for _, name := range moduleArguments {
		if v := m.variables[name]; v != nil {
			m.errorAt(v.at, "Reserved name", fmt.Sprintf("A module can't have a variable %q, because that means something else in a module block. Rename it.", name))
			delete(m.variables, name)
		}
	}
	for _, name := range sortedKeys(c.attrs) {
		if m.variables[name] == nil && !isArgument(name) {
			l.errorAt(c.attrs[name].NameRange, "Unknown input", fmt.Sprintf(
				"The module in %q declares no variable %q.%s", l.displayPath(m.folder.dir), name, similar.Hint(name, sortedKeys(m.variables))))
		}
	}
	for _, name := range sortedKeys(m.variables) {
		v := m.variables[name]
		v.from, v.value = c.at, v.initial
		if attr := c.attrs[name]; attr != nil {
			l.handOne(v, attr, ctx)
		} else if v.initial == cty.NilVal {
			v.value = cty.UnknownVal(v.typ.WithoutOptionalAttributesDeep())
			l.errorAt(c.at, "Missing input", fmt.Sprintf("The module %q needs the input %q: its variable, at %s, has no default.", c.name, name, v.at))
		}
	}
}

func isArgument(name string) bool {
	for _, one := range moduleArguments {
		if name == one {
			return true
		}
	}
	return false
}

// handOne gives one argument to a variable.
func (l *loader) handOne(v *variable, attr *hcl.Attribute, ctx *hcl.EvalContext) {
	v.from = attr.Range
	v.value = cty.UnknownVal(v.typ.WithoutOptionalAttributesDeep())
	value := l.evalAnywhere(attr.Expr, ctx)
	if value.IsNull() && !v.nullable {
		if v.initial == cty.NilVal {
			l.errorAt(attr.Range, "Invalid input", fmt.Sprintf("The variable %q, at %s, is not nullable, so the input can't be null.", v.name, v.at))
		} else {
			v.value = v.initial
		}
		return
	}
	converted, err := v.convert(value)
	if err != nil {
		why := reason(err)
		if v.sensitive || isSensitive(value) {
			why = "it must be of the type that the module declares"
		}
		l.errorAt(attr.Range, "Invalid input", fmt.Sprintf("The input %q does not fit the variable at %s: %s.", v.name, v.at, why))
		return
	}
	v.value = converted
}

// calledModules is the object behind module: the outputs of the named modules, or of all
// if names is nil.
func (l *loader) calledModules(names map[string]bool) cty.Value {
	return l.moduleValues(names, (*loader).outputValues)
}

// modulesWithProfiles is the object behind module in a use argument.
func (l *loader) modulesWithProfiles() cty.Value {
	return l.moduleValues(nil, func(m *loader) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"profile": m.profileValues()})
	})
}

func (l *loader) moduleValues(names map[string]bool, of func(*loader) cty.Value) cty.Value {
	values := map[string]cty.Value{}
	for name, c := range l.calls {
		switch {
		case names != nil && !names[name]:
		case !c.known():
			values[name] = cty.DynamicVal
		case c.family():
			all := make(map[string]cty.Value, len(c.instances))
			for key, m := range c.instances {
				all[key] = of(m)
			}
			values[name] = cty.ObjectVal(all)
		default:
			values[name] = of(c.instances[""])
		}
	}
	return cty.ObjectVal(values)
}

func (l *loader) unknownModule(name string) string {
	return fmt.Sprintf("The configuration has no module %q.%s", name, similar.Hint(name, sortedKeys(l.calls)))
}

// checkModule says what is wrong with a reference to a module: to an output or, in a use
// argument, to a profile.
func (l *loader) checkModule(t hcl.Traversal, inUse bool) (summary, detail string) {
	const invalid = "Invalid reference"
	name, _, ok := member(t, "module")
	if !ok {
		return invalid, `"module" can't be used as a whole; refer to an output, as in module.name.output.`
	}
	c := l.calls[name]
	if c == nil {
		return "Unknown module", l.unknownModule(name)
	}
	if !c.known() {
		return "", ""
	}
	whole, m, rest := "module."+name, c.instances[""], t[2:]
	if c.family() {
		if len(rest) == 0 {
			return "", "" // to go through, or to index
		}
		key, ok := stepName(rest[0])
		if !ok {
			return "", ""
		}
		if m = c.instances[key]; m == nil {
			return "Unknown module", fmt.Sprintf("%s has for_each, and no %q.%s Say which one, as in %s[each.key].", whole, key, similar.Hint(key, sortedKeys(c.instances)), whole)
		}
		whole, rest = "module."+keyed(name, key), rest[1:]
	}
	if len(rest) == 0 {
		return "", ""
	}
	member, ok := stepName(rest[0])
	switch {
	case !ok:
		return "", ""
	case member == "profile" && !inUse:
		return invalid, `A profile can be named in "use" only.`
	case member == "profile" && len(rest) > 1:
		if p, ok := stepName(rest[1]); ok && m.profiles[p] == nil {
			return "Unknown profile", fmt.Sprintf("%s has no profile %q.%s", whole, p, similar.Hint(p, sortedKeys(m.profiles)))
		}
	case member != "profile" && inUse:
		return "Invalid use", fmt.Sprintf("A reference to a profile is needed, as in %s.profile.name.", whole)
	case member != "profile" && m.outputs[member] == nil:
		return "Unknown output", fmt.Sprintf("%s has no output %q.%s", whole, member, similar.Hint(member, sortedKeys(m.outputs)))
	}
	return "", ""
}

// stepName returns the name or key of a step of a reference.
func stepName(step hcl.Traverser) (string, bool) {
	switch step := step.(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		return stringKey(step)
	}
	return "", false
}
