package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl/similar"
)

// resolveDependencies resolves each depends_on to addresses. A reference without a key to a
// block with for_each refers to all resources of the block.
func (s *resourceSet) resolveDependencies() {
	for i, r := range s.resources {
		if s.needs[i].Expression == nil {
			continue
		}
		exprs, diags := hcl.ExprList(s.needs[i].Expression)
		if diags.HasErrors() {
			s.errorAt(s.needs[i].Range(), "Invalid depends_on", `A list of resources is needed, as in [file.licence, registry.lock["a"]].`)
			continue
		}
		for _, expr := range exprs {
			for _, addr := range s.find(expr, s.needs[i].in) {
				if addr == r.Addr {
					s.errorAt(expr.Range(), "Invalid depends_on", fmt.Sprintf("%s can't depend on itself.", addr.Local()))
				} else if !slices.Contains(r.DependsOn, addr) {
					r.DependsOn = append(r.DependsOn, addr)
				}
			}
		}
	}
}

// find returns the resources of the image that a reference in a module refers to.
func (s *resourceSet) find(expr hcl.Expression, in *loader) []Addr {
	traversal, diags := hcl.AbsTraversalForExpr(expr)
	if !diags.HasErrors() && traversal.RootName() == "module" {
		return s.findModule(traversal, in)
	}
	ref, ok := Addr{}, false
	if !diags.HasErrors() {
		ref, ok = s.reference(traversal)
	}
	if !ok {
		s.errorAt(expr.Range(), "Invalid depends_on", `A reference to a resource is needed, as in file.licence or registry.lock["a"].`)
		return nil
	}
	kind := s.kinds.Kind(ref.Kind)
	if kind == nil {
		var names []string
		for _, k := range s.kinds {
			names = append(names, k.Name)
		}
		s.errorAt(expr.Range(), "Invalid depends_on", fmt.Sprintf("There is no kind of resource %q.%s", ref.Kind, similar.Hint(ref.Kind, names)))
		return nil
	}
	var found []Addr
	var alike []string
	for _, r := range s.resources {
		a := r.Addr
		if a.Kind != ref.Kind || a.Module != in.address {
			continue
		}
		if a.Name == ref.Name && (ref.Key == "" || a.Key == ref.Key) {
			found = append(found, a)
		}
		a.Module = ""
		alike = append(alike, a.Local(), Addr{Kind: a.Kind, Name: a.Name}.Local())
	}
	if _, declared := s.first[Addr{Image: s.image, Module: in.address, Kind: ref.Kind, Name: ref.Name}]; found == nil && (!declared || ref.Key != "") {
		s.errorAt(expr.Range(), "Unknown resource", fmt.Sprintf(
			"The image %s holds no %s.%s", s.image, ref.Local(), similar.Hint(ref.Local(), alike)))
	}
	return found
}

// findModule returns the resources of a module that the module called in calls.
func (s *resourceSet) findModule(t hcl.Traversal, in *loader) []Addr {
	name, at, ok := member(t, "module")
	c := in.calls[name]
	if ok && c == nil {
		s.errorAt(at, "Unknown module", in.calls.unknown(name))
		return nil
	}
	key := ""
	if ok && len(t) == 3 {
		var index hcl.TraverseIndex
		if index, ok = t[2].(hcl.TraverseIndex); ok {
			key, ok = stringKey(index)
		}
	}
	if !ok || len(t) > 3 {
		s.errorAt(t.SourceRange(), "Invalid depends_on", `A module is meant as a whole, as in module.base or module.drivers["x1"]: what it holds is its own affair.`)
		return nil
	}
	if !c.known() {
		return nil
	}
	module, found := in.below(keyed(name, key)), []Addr(nil)
	for _, r := range s.resources {
		if inModule(r.Addr.Module, module) {
			found = append(found, r.Addr)
		}
	}
	if found == nil {
		s.errorAt(t.SourceRange(), "Unknown resource", fmt.Sprintf("The image %s holds nothing of %s. Name its profiles in \"use\".", s.image, module))
	}
	return found
}

// reference reads a traversal as the address of a resource without its image.
func (s *resourceSet) reference(traversal hcl.Traversal) (Addr, bool) {
	ref := Addr{Kind: traversal.RootName()}
	rest := traversal[1:]
	if len(rest) > 0 {
		name, ok := rest[0].(hcl.TraverseAttr)
		if !ok {
			return ref, false
		}
		ref.Name, rest = name.Name, rest[1:]
	} else if kind := s.kinds.Kind(ref.Kind); kind != nil && !kind.Singleton {
		return ref, false
	}
	if len(rest) > 0 {
		index, ok := rest[0].(hcl.TraverseIndex)
		if !ok {
			return ref, false
		}
		key, ok := stringKey(index)
		if !ok {
			return ref, false
		}
		ref.Key, rest = key, rest[1:]
	}
	return ref, len(rest) == 0
}
