package dsl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// local is one named value of a locals block.
type local struct {
	attr  *hcl.Attribute
	state visit
}

// visit is the state of a node in a walk over references.
type visit int

const (
	unvisited visit = iota
	visiting
	visited
)

func (l *loader) declareLocals(block *hcl.Block) {
	attrs, diags := block.Body.JustAttributes()
	l.report(diags)
	for _, name := range sortedKeys(attrs) {
		attr := attrs[name]
		if first, ok := l.locals[name]; ok {
			l.duplicate("local value", name, first.attr.NameRange, attr.NameRange)
			continue
		}
		l.locals[name] = &local{attr: attr}
	}
}

// resolveLocals evaluates the locals, each after those it refers to.
func (l *loader) resolveLocals() {
	values := make(map[string]cty.Value, len(l.locals))
	for _, name := range sortedKeys(l.locals) {
		l.resolveLocal(name, values, nil)
	}
	l.scope.Variables["local"] = cty.ObjectVal(values)
}

func (l *loader) resolveLocal(name string, values map[string]cty.Value, chain []string) {
	local := l.locals[name]
	chain = append(chain, name)
	switch local.state {
	case visited:
		return
	case visiting:
		l.cycle("local", chain, local.attr.NameRange)
		return
	}
	local.state = visiting
	needed := map[string]cty.Value{}
	for _, traversal := range local.attr.Expr.Variables() {
		other, _, ok := member(traversal, "local")
		if !ok || l.locals[other] == nil {
			continue
		}
		l.resolveLocal(other, values, chain)
		if value, ok := values[other]; ok {
			needed[other] = value
		} else {
			needed[other] = cty.DynamicVal
		}
	}
	values[name] = l.eval(local.attr.Expr, within(l.scope, "local", cty.ObjectVal(needed)))
	local.state = visited
}

// cycle reports that the last name of the chain refers to itself through those before it.
func (l *loader) cycle(root string, chain []string, at hcl.Range) {
	last := chain[len(chain)-1]
	for chain[0] != last {
		chain = chain[1:]
	}
	links := make([]string, len(chain))
	for i, name := range chain {
		links[i] = root + "." + name
	}
	l.errorAt(at, "Reference in a circle", fmt.Sprintf("%s refers to itself: %s.", links[0], strings.Join(links, " → ")))
}
