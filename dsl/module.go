package dsl

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
	"github.com/gildhq/gild/ground/address"
)

// call is a module block: a module that this one calls, once or for each element.
type call struct {
	name      string
	at        hcl.Range
	attrs     hcl.Attributes // all arguments
	source    string
	version   string
	state     visit
	wrong     bool               // its instances or its content are unknown
	instances map[string]*loader // by for_each key; under the empty key without for_each
}

// inputs that a module can't declare, because they are arguments of the module block.
var moduleArguments = []string{"source", "version", "for_each"}

func (d *declared) declareCall(block *hcl.Block) {
	c := &call{name: block.Labels[0], at: block.DefRange, instances: map[string]*loader{}}
	if !d.validName("module", c.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := d.calls[c.name]; ok {
		d.duplicate("module", c.name, first.at, c.at)
		return
	}
	d.calls[c.name] = c
	attrs, diags := block.Body.JustAttributes()
	d.report(diags)
	c.attrs, c.wrong = attrs, diags.HasErrors() || d.refusedArguments(attrs, "count", "providers", "depends_on")
	if attrs["source"] == nil {
		d.errorAt(c.at, "Missing source", `A module needs a "source": the path of its folder, as in "./modules/base", or its address.`)
		c.wrong = true
		return
	}
	before := len(d.diags)
	c.source, c.version = d.constantString(attrs["source"]), d.constantString(attrs["version"])
	if !d.diags[before:].HasErrors() {
		d.checkSource(c)
	}
	c.wrong = c.wrong || d.diags[before:].HasErrors()
}

// checkSource reports a source that is neither a path nor an address, and a version that is
// not a constraint or that the source does not allow.
func (d *declared) checkSource(c *call) {
	at := c.attrs["source"].Range
	a, err := address.Parse(c.source)
	switch {
	case c.source == "":
		d.errorAt(at, "Missing source", "The source of a module must not be empty.")
	case isPath(c.source):
	case filepath.IsAbs(c.source), strings.HasPrefix(c.source, "/"), strings.HasPrefix(c.source, `\`):
		d.errorAt(at, "Absolute path", fmt.Sprintf(
			"The path %q means something on this machine only. A path to a module begins with ./ or ../ and is relative to the folder of this file.", c.source))
	case err != nil:
		// Not at the source: its line may contain a password.
		d.errorAt(c.at, "Invalid source", fmt.Sprintf("The source of the module %q is no address: %s.", c.name, err))
	case a.Scheme == address.Local:
		d.errorAt(at, "Invalid source", fmt.Sprintf(
			"%q is neither a path nor an address. If it is a folder, write %q; if it is a Git repository, write git::https://HOST/PATH or git::ssh://HOST/PATH.", c.source, "./"+c.source))
	}
	if c.version == "" {
		return
	}
	at = c.attrs["version"].Range
	if _, err := version.NewConstraint(c.version); err != nil {
		d.errorAt(at, "Invalid version", fmt.Sprintf(
			`%q is no constraint on versions; it is written like "1.4.0", "~> 1.4" or ">= 1.2, < 2.0".`, c.version))
	}
	switch {
	case isPath(c.source):
		d.errorAt(at, "Version of a path", fmt.Sprintf("The module %q is a folder, which has no versions: what is in it is used. Remove \"version\".", c.name))
	case a.Scheme == address.Web || a.Scheme == address.S3:
		d.errorAt(at, "No versions", `Versions are the tags of a Git repository or of an OCI artefact. This source has none: remove "version", and write the version into the address.`)
	case a.Ref != "":
		d.errorAt(at, "Version of a fixed source", fmt.Sprintf("The source says already that it is %q. Remove that, or remove \"version\".", a.Ref))
	}
}

// known reports whether the instances and the content of the module are known.
func (c *call) known() bool { return c.state == visited && !c.wrong }

func (c *call) family() bool { return c.attrs["for_each"] != nil }

// below returns the address of a module that this one calls.
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
	f := l.run.find(c, l.folder)
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

// includesItself reports a module that calls itself, directly or indirectly, and modules
// beyond the limits.
func (l *loader) includesItself(c *call, f *folder) bool {
	at, depth := c.attrs["source"].Range, 0
	for m := l; m != nil; m = m.caller {
		if depth++; m.folder.same(f) {
			l.errorAt(at, "Module includes itself", fmt.Sprintf(
				"%q is the folder %s, which this file belongs to or which calls it. Take the part that both need into a module of its own.", c.source, f.shown))
			return true
		}
	}
	switch {
	case depth > maxModuleDepth:
		l.errorAt(at, "Modules nested too deep", fmt.Sprintf("Modules may call each other %d deep. Does one include itself through a link?", maxModuleDepth))
	case len(l.run.modules) > maxModuleInstances:
		l.errorAt(at, "Too many modules", fmt.Sprintf("A configuration may have %d instances of modules.", maxModuleInstances))
	default:
		return false
	}
	return true
}

// call evaluates one instance of a module.
func (l *loader) call(c *call, f *folder, key string, ctx *hcl.EvalContext) *loader {
	m := newLoader(l.run, f, l, l.below(keyed(c.name, key)))
	m.declare(f.bodies)
	l.hand(c, m, ctx)
	m.validateVariables()
	m.resolveNames()
	m.checkUse()
	m.resolveOutputs()
	return m
}

// hand assigns the arguments of a call to the variables of the module.
func (l *loader) hand(c *call, m *loader, ctx *hcl.EvalContext) {
	for _, name := range moduleArguments {
		if v := m.variables[name]; v != nil {
			m.errorAt(v.at, "Reserved name", fmt.Sprintf("A module can't have a variable %q, because that means something else in a module block. Rename it.", name))
			delete(m.variables, name)
		}
	}
	handing{l.evaluator, m.variables, moduleArguments, fmt.Sprintf("module %q", c.name)}.hand(c.attrs, c.at, ctx)
}

// handing assigns values to the variables of a module or profile.
type handing struct {
	*evaluator // of the values
	to         variables
	reserved   []string // arguments that are not inputs
	of         string   // the owner of the variables, for messages
}

// hand evaluates the arguments of a block and assigns them.
func (h handing) hand(attrs hcl.Attributes, at hcl.Range, ctx *hcl.EvalContext) {
	for _, name := range sortedKeys(attrs) {
		if h.to[name] == nil && !slices.Contains(h.reserved, name) {
			h.errorAt(attrs[name].NameRange, "Unknown input", fmt.Sprintf(
				"The %s declares no variable %q.%s", h.of, name, similar.Hint(name, sortedKeys(h.to))))
		}
	}
	for _, name := range sortedKeys(h.to) {
		v := h.to[name]
		v.from, v.value = at, v.initial
		if attr := attrs[name]; attr != nil {
			h.one(v, attr, ctx)
		} else if v.initial == cty.NilVal {
			v.value = v.unknown()
			h.errorAt(at, "Missing input", fmt.Sprintf("The %s needs the input %q: its variable, at %s, has no default.", h.of, name, v.at))
		}
	}
}

// one assigns one argument to its variable.
func (h handing) one(v *variable, attr *hcl.Attribute, ctx *hcl.EvalContext) {
	v.from, v.value = attr.Range, v.unknown()
	value := h.evalAnywhere(attr.Expr, ctx)
	if value.IsNull() && !v.nullable {
		if v.initial == cty.NilVal {
			h.errorAt(attr.Range, "Invalid input", fmt.Sprintf("The variable %q, at %s, is not nullable, so the input can't be null.", v.name, v.at))
		} else {
			v.value = v.initial
		}
		return
	}
	converted, err := v.convert(value)
	if err != nil {
		why := reason(err)
		if v.sensitive || isSensitive(value) {
			why = "it must be of the type that is declared there"
		}
		h.errorAt(attr.Range, "Invalid input", fmt.Sprintf("The input %q does not fit the variable at %s: %s.", v.name, v.at, why))
		return
	}
	v.value = converted
}
