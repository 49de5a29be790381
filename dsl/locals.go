package dsl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// local is one named value of a locals block.
type local struct {
	attr  *hcl.Attribute
	state visit
	value cty.Value // once visited
}

// visit is the state of a node in a depth-first search over references.
type visit int

const (
	unvisited visit = iota
	visiting
	visited
)

func (d *declared) declareLocals(block *hcl.Block) {
	attrs, diags := block.Body.JustAttributes()
	d.report(diags)
	for _, name := range sortedKeys(attrs) {
		attr := attrs[name]
		if first, ok := d.locals[name]; ok {
			d.duplicate("local value", name, first.attr.NameRange, attr.NameRange)
			continue
		}
		d.locals[name] = &local{attr: attr}
	}
}

// resolveNames evaluates locals and module calls in topological order, and then sets the
// scope of all other expressions.
func (l *loader) resolveNames() {
	l.scope = l.newScope()
	for _, name := range sortedKeys(l.locals) {
		l.resolve("local."+name, nil)
	}
	for _, name := range sortedKeys(l.calls) {
		l.resolve("module."+name, nil)
	}
	locals := make(map[string]cty.Value, len(l.locals))
	for name, local := range l.locals {
		locals[name] = local.value
	}
	l.scope.Variables["local"] = cty.ObjectVal(locals)
	l.scope.Variables["module"] = l.calls.outputs(nil)
}

// resolve evaluates local.x or module.x, to which the last element of the chain refers.
func (l *loader) resolve(name string, chain []string) {
	root, name, _ := strings.Cut(name, ".")
	chain = append(chain, root+"."+name)
	var state *visit
	var at hcl.Range
	switch local, call := l.locals[name], l.calls[name]; {
	case root == "local" && local != nil:
		state, at = &local.state, local.attr.NameRange
	case root == "module" && call != nil:
		state, at = &call.state, call.at
	default:
		return
	}
	switch *state {
	case visiting:
		l.cycle(chain, at)
	case unvisited:
		*state = visiting
		if root == "local" {
			local := l.locals[name]
			local.value = l.evalAnywhere(local.attr.Expr, l.scopeOf(chain, local.attr.Expr))
		} else {
			l.enter(l.calls[name], chain)
		}
		*state = visited
	}
}

// scopeOf returns the scope with the locals and modules that expressions refer to.
func (l *loader) scopeOf(chain []string, exprs ...hcl.Expression) *hcl.EvalContext {
	locals, calls := map[string]cty.Value{}, map[string]bool{}
	for _, expr := range exprs {
		for _, t := range expr.Variables() {
			if name, _, ok := member(t, "local"); ok && l.locals[name] != nil {
				l.resolve("local."+name, chain)
				locals[name] = l.locals[name].value
				if l.locals[name].state == visiting {
					locals[name] = cty.DynamicVal // the cycle is reported
				}
			}
			if name, _, ok := member(t, "module"); ok && l.calls[name] != nil {
				l.resolve("module."+name, chain)
				calls[name] = true
			}
		}
	}
	return within(within(l.scope, "local", cty.ObjectVal(locals)), "module", l.calls.outputs(calls))
}
