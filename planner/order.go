package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// order is a stable topological sort: by phase, then resources common to several images before the
// image's own, then in the order of the configuration; a resource comes after all it depends on,
// whatever its phase. So images with one source begin with the same steps, as far as servicing
// allows, and these are applied once. A circle of dependencies is reported at every resource in it.
func order(rs []*resource) ([]*resource, hcl.Diagnostics) {
	byAddr := make(map[dsl.Addr]*resource, len(rs))
	for _, r := range rs {
		byAddr[r.Addr] = r
	}
	waiting := slices.SortedFunc(slices.Values(rs), func(a, b *resource) int {
		return cmp.Or(cmp.Compare(a.place(), b.place()), cmp.Compare(last(a.own()), last(b.own())), cmp.Compare(a.index, b.index))
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

// place is the phase in which the resource is applied. Files only have to come after servicing, so
// files that only this image has wait until the phase of settings, after the files that images
// share.
func place(phase providers.Phase, own bool) providers.Phase {
	if phase == providers.PhaseFile && own {
		return providers.PhaseSetting
	}
	return phase
}

func (r *resource) place() providers.Phase { return place(r.phase(), r.own()) }

// own reports whether only this image has the resource.
func (r *resource) own() bool { return r.Varies && !r.kind.Ordered }

// last is 1 for resources that come after all those with 0.
func last(own bool) int {
	if own {
		return 1
	}
	return 0
}

// circle describes a circle among resources that all wait for each other.
func circle(waiting []*resource, byAddr map[dsl.Addr]*resource) *hcl.Diagnostic {
	stuck := map[dsl.Addr]bool{}
	for _, r := range waiting {
		stuck[r.Addr] = true
	}
	// Every stuck resource depends on a stuck one, so following the dependencies
	// leads into the circle.
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

// undone reports resources that decide on something that a later resource resets. It takes them in
// the order of their steps.
func undone(ordered []*resource) hcl.Diagnostics {
	var diags hcl.Diagnostics
	claims := make([][]providers.Claim, len(ordered))
	for i, later := range ordered {
		claims[i] = later.claims()
		resets := later.resets()
		if len(resets) == 0 {
			continue
		}
		var reset providers.Claims[*resource]
		for _, c := range resets {
			reset.Add(c.Claim, later)
		}
		for e, earlier := range ordered[:i] {
			for _, c := range claims[e] {
				if _, what, found := reset.Conflict(c); found {
					diags = append(diags, undoing(earlier, later, what, closure(ordered, func(r *resource) bool { return r == later })))
					break
				}
			}
		}
	}
	return diags
}

// undoing describes a resource that resets what an earlier one decides on. Needed is
// what the later one waits for.
func undoing(earlier, later *resource, what string, needed []*resource) *hcl.Diagnostic {
	if earlier.hasSensitiveKey() {
		what = "what that decides on"
	} else {
		what = "the " + what
	}
	first, then := earlier.Addr.Local(), later.Addr.Local()
	detail := fmt.Sprintf("%s comes after %s (%s), and may reset %s. ", then, first, at(earlier.Range), what)
	if slices.Contains(needed, earlier) {
		return problem(later.AttrRange("depends_on"), "Undone by what comes after it", detail+fmt.Sprintf("Remove the dependency of %s: without it, %s comes first.", then, then))
	}
	return problem(earlier.Range, "Undone by what comes after it", detail+fmt.Sprintf("Let %s depend on it: depends_on = [%s].", first, then))
}

// closure returns the resources that keep accepts and all they depend on, in their present order.
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
