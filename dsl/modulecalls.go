package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/similar"
)

// calls are the module blocks of a module, by their names.
type calls map[string]*call

// outputs returns the value of the name module: the outputs of the named modules, or of all
// if names is nil.
func (cs calls) outputs(names map[string]bool) cty.Value {
	return cs.values(names, func(m *loader) cty.Value { return m.outputs.value() })
}

// profiles returns the value of the name module in a use argument.
func (cs calls) profiles() cty.Value {
	return cs.values(nil, func(m *loader) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"profile": m.profiles.value()})
	})
}

func (cs calls) values(names map[string]bool, of func(*loader) cty.Value) cty.Value {
	values := map[string]cty.Value{}
	for name, c := range cs {
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

// unknown returns the error for a module that is not declared.
func (cs calls) unknown(name string) string {
	return fmt.Sprintf("The configuration has no module %q.%s", name, similar.Hint(name, sortedKeys(cs)))
}

// check returns the error for an invalid reference to a module: to an output or, in a use
// argument, to a profile.
func (cs calls) check(t hcl.Traversal, inUse bool) (summary, detail string) {
	const invalid = "Invalid reference"
	name, _, ok := member(t, "module")
	if !ok {
		return invalid, `"module" can't be used as a whole; refer to an output, as in module.name.output.`
	}
	c := cs[name]
	if c == nil {
		return "Unknown module", cs.unknown(name)
	}
	if !c.known() {
		return "", ""
	}
	whole, m, rest := "module."+name, c.instances[""], t[2:]
	if c.family() {
		if len(rest) == 0 {
			return "", "" // to iterate over, or to index
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
