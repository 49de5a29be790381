package planner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
)

// order returns the resources in the order in which they are made so: by phase,
// then as written; one that depends on others comes after them, whatever its
// phase. A circle of dependencies is reported, at every resource that is in it.
func order(rs []*resource) ([]*resource, hcl.Diagnostics) {
	byAddr := make(map[dsl.Addr]*resource, len(rs))
	for _, r := range rs {
		byAddr[r.Addr] = r
	}
	waiting := slices.SortedFunc(slices.Values(rs), func(a, b *resource) int {
		return cmp.Or(cmp.Compare(a.phase(), b.phase()), cmp.Compare(a.index, b.index))
	})
	done := make(map[dsl.Addr]bool, len(rs))
	ready := func(r *resource) bool {
		return !slices.ContainsFunc(r.DependsOn, func(a dsl.Addr) bool { return byAddr[a] != nil && !done[a] })
	}
	ordered := make([]*resource, 0, len(rs))
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, ready)
		if i < 0 {
			return rs, hcl.Diagnostics{circle(waiting, byAddr)}
		}
		ordered = append(ordered, waiting[i])
		done[waiting[i].Addr] = true
		waiting = slices.Delete(waiting, i, i+1)
	}
	return ordered, nil
}

// circle describes a circle among resources that all wait for each other.
func circle(waiting []*resource, byAddr map[dsl.Addr]*resource) *hcl.Diagnostic {
	stuck := map[dsl.Addr]bool{}
	for _, r := range waiting {
		stuck[r.Addr] = true
	}
	// Every stuck resource depends on a stuck one: following that must come back.
	var path []*resource
	r := waiting[0]
	for !slices.Contains(path, r) {
		path = append(path, r)
		next := slices.IndexFunc(r.DependsOn, func(a dsl.Addr) bool { return stuck[a] })
		r = byAddr[r.DependsOn[next]]
	}
	path = append(path[slices.Index(path, r):], r)
	names := make([]string, len(path))
	for i, p := range path {
		names[i] = p.Addr.Local()
	}
	return problem(r.AttrRange("depends_on"), "Circular dependency",
		"These depend on each other: "+strings.Join(names, " → ")+". Remove one of the dependencies.")
}

// closure returns the resources that keep accepts and all they depend on, in the
// order they are in.
func closure(rs []*resource, keep func(*resource) bool) []*resource {
	byAddr := make(map[dsl.Addr]*resource, len(rs))
	for _, r := range rs {
		byAddr[r.Addr] = r
	}
	in := map[*resource]bool{}
	var add func(r *resource)
	add = func(r *resource) {
		if r == nil || in[r] {
			return
		}
		in[r] = true
		for _, a := range r.DependsOn {
			add(byAddr[a])
		}
	}
	for _, r := range rs {
		if keep(r) {
			add(r)
		}
	}
	return slices.DeleteFunc(slices.Clone(rs), func(r *resource) bool { return !in[r] })
}
