package planner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// divide asks the ways for the parts of the changes to the source. It adds resources for what the
// parts displace, in the source and in the present output, and returns what both images hold of all
// resources.
func (m *maker) divide(ctx context.Context, source, output image.Session, inSource, inOutput []cty.Value) ([]cty.Value, []cty.Value) {
	if !slices.ContainsFunc(m.selected, func(r *resource) bool { return m.divider(r) != nil }) {
		return inSource, inOutput
	}
	f := &divider{maker: m, here: map[string]bool{}, things: map[string]bool{}}
	f.each(func(r *resource, i int) { f.add(ctx, source, r, inSource[i], true) }, inSource)
	if output != nil {
		f.earlier = nil
		f.each(func(r *resource, i int) { f.add(ctx, output, r, inOutput[i], false) }, inOutput)
	}
	if len(f.found) > 0 {
		for i, r := range m.selected {
			if m.divider(r) != nil && r.division == nil {
				f.add(ctx, source, r, inSource[i], true)
			}
		}
	}
	gone := f.removals()
	m.selected = append(m.selected, gone...)
	have, diags := observe(ctx, source, gone)
	m.report(diags)
	inSource = append(inSource, have...)
	if output == nil {
		return inSource, inSource
	}
	have, diags = observe(ctx, output, gone)
	m.report(diags)
	return inSource, append(inOutput, have...)
}

// each calls do for the resources that change, in the order in which they are made.
func (f *divider) each(do func(*resource, int), have []cty.Value) {
	ordered, _ := order(f.selected) // checked for circles before
	places := placesOf(f.selected)
	for _, r := range ordered {
		i := places[r]
		if f.divider(r) == nil {
			continue
		}
		if action, _ := Diff(r.kind.Schema, r.want, have[i], false); action != NoChange {
			do(r, i)
		}
	}
}

// divider collects what is displaced.
type divider struct {
	*maker
	here    map[string]bool // IDs of everything that resources decide on
	things  map[string]bool // those to be removed
	found   []displacement
	earlier []providers.Earlier
}

type displacement struct {
	providers.Displaced
	by *resource
}

// divider returns the way of a resource, if that way divides changes.
func (m *maker) divider(r *resource) *providers.Way {
	i := slices.IndexFunc(r.kind.Ways, func(w providers.Way) bool { return len(lacking(w.Needs, m.backend.Offers())) == 0 })
	if r.Absent || i < 0 || r.kind.Ways[i].Divide == nil {
		return nil
	}
	return &r.kind.Ways[i]
}

// add divides the change to one resource. Errors in the present output do not matter:
// it is rebuilt.
func (f *divider) add(ctx context.Context, s image.Session, r *resource, have cty.Value, source bool) {
	way := f.divider(r)
	action, _ := Diff(r.kind.Schema, r.want, have, false)
	change := providers.Change{Addr: r.Addr, Action: action, Want: r.want, Have: providers.There(have), Earlier: f.earlier}
	if source && action != NoChange && !f.passable(ctx, s, r, way, change) {
		return
	}
	d, err := way.Divide(ctx, s, f.Host, change)
	if source && err != nil {
		if rest := f.lessen(r, err); rest != cty.NilVal {
			change.Want, r.want = rest, rest
			d, err = way.Divide(ctx, s, f.Host, change)
		}
		if err != nil {
			f.report(diagnose(r.Resource, "Can't change %s", err))
			return
		}
	}
	if source {
		r.division = &d
	}
	f.earlier = append(f.earlier, r.kind.Earlier(r.Addr, action, r.want, d.Effect))
	for _, id := range d.Holds {
		f.here[id] = true
	}
	for _, g := range d.Displaced {
		if source || g.Refused == nil {
			f.found = append(f.found, displacement{g, r})
		}
	}
}

// removals returns the resources that remove displaced things, each once, without
// those that another resource decides on.
func (f *divider) removals() []*resource {
	var all []*resource
	var gone providers.Claims[*resource]
	for _, r := range f.selected {
		for _, c := range r.claims() {
			if r.Absent {
				gone.Add(c, r)
			}
		}
	}
	for _, g := range f.found {
		switch {
		case f.here[g.ID]:
			continue
		case g.Refused != nil:
			f.report(diagnose(g.by.Resource, "Can't change %s", g.Refused))
			continue
		}
		r, err := f.removal(g)
		if err != nil {
			f.report(diagnose(g.by.Resource, "Can't change %s", fmt.Errorf("mistake in gild: %s: %w", g.Name, err)))
			continue
		}
		removed := slices.ContainsFunc(r.claims(), func(c providers.Claim) bool { _, _, found := gone.Conflict(c); return found })
		if !removed && !f.things[r.thing] {
			f.things[r.thing] = true
			r.index = len(f.all) + len(all)
			all = append(all, r)
		}
	}
	return all
}

// removal is the resource that removes a displaced thing. It comes right after the
// part that displaces it, and is left out with it.
func (f *divider) removal(g displacement) (*resource, error) {
	child, err := (&expander{Input: f.Input}).child(g.by.Resource, g.Child)
	if err != nil {
		return nil, err
	}
	kind := f.provider(child.Addr.Kind)
	want, err := kind.Checked(child.Want, true)
	if err != nil {
		return nil, err
	}
	child.DependsOn = []dsl.Addr{g.by.Addr}
	return &resource{Resource: child, kind: kind, want: want, thing: thing(kind, want), after: partAddr(g.by.Addr, g.By)}, nil
}

// lessen returns the value of a resource with on_error = "skip" without the parts
// that an error is about, and warns; nothing if that is not possible.
func (m *maker) lessen(r *resource, err error) cty.Value {
	parts, ok := providers.PartsOf(err)
	if !ok || !r.Skip || !r.kind.HasParts() {
		return cty.NilVal
	}
	m.report(leftOut(r, err))
	return r.kind.Without(r.want, parts)
}

// leftOut records the parts that are left out, and warns of them.
func leftOut(r *resource, err error) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, e := range providers.Problems(err) {
		for _, d := range diagnose(r.Resource, "%s", e) {
			d.Severity = hcl.DiagWarning
			d.Detail += " It is left out, as on_error = \"skip\" says."
			diags = append(diags, d)
			if p, ok := errors.AsType[*providers.Problem](e); ok {
				r.lacks = append(r.lacks, Lack{partAddr(r.Addr, p.Part), d.Summary + ": " + d.Detail})
			}
		}
	}
	return diags
}

// together returns what kinds report about several resources of an image together.
func (in *Input) together(rs []*resource) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, kind := range in.Providers {
		var of []*resource
		var wants []cty.Value
		for _, r := range rs {
			if r.kind == kind && !r.Absent {
				of, wants = append(of, r), append(wants, r.want)
			}
		}
		if kind.Compare == nil || len(of) == 0 {
			continue
		}
		about := kind.Compare(wants)
		for i, r := range of {
			for _, p := range about[i] {
				for _, d := range diagnose(r.Resource, "", p) {
					d.Severity = hcl.DiagWarning
					diags = append(diags, d)
				}
			}
		}
	}
	return diags
}

// divided makes the steps of a resource with parts. If another resource has a step
// for the same part, that step makes it.
func (m *maker) divided(source image.Session, r *resource, i int, last ids, way *providers.Way, change providers.Change) ([]Step, []providers.Earlier, ids) {
	var steps []Step
	var made []providers.Earlier
	shared := map[string][]string{} // names by the resource that has the step
	for _, part := range r.division.Parts {
		if at, ok := m.parts[part.ID]; ok {
			s := &m.img.Steps[at]
			s.Also = append(s.Also, i)
			of := m.selected[s.Item].Addr.Local()
			shared[of] = append(shared[of], part.Name)
			continue
		}
		want := r.want
		if part.Name != "" {
			want = r.kind.Only(r.want, part.Name)
		}
		it := *m.img.Items[i]
		it.Want = want
		last = last.next(m.Key, r.kind, &it, part.Action, way.Name)
		if part.ID != "" {
			m.parts[part.ID] = len(m.img.Steps) + len(steps)
		}
		step := Step{Item: i, Part: part.Name, Action: part.Action, Way: way.Name, Serviced: serviced(way), Irreversible: way.Irreversible, Effect: part.Effect}
		step.identify(last)
		steps = append(steps, step)
		change.Addr, change.Action, change.Want, change.Effect = partAddr(r.Addr, part.Name), part.Action, want, part.Effect
		m.report(m.queued.add(r, way, change))
		made = append(made, r.kind.Earlier(change.Addr, change.Action, want, part.Effect))
	}
	m.report(m.queued.possible(source, r))
	m.settle(r, m.img.Items[i], way, &Step{Effect: r.division.Effect}, change)
	m.img.Items[i].Effect = effectOf(r.division.Effect.Text, len(steps), shared)
	return steps, made, last
}

// effectOf is the effect of a resource with parts, and says which of its parts other resources
// make.
func effectOf(effect string, own int, shared map[string][]string) string {
	if len(shared) == 0 {
		return effect
	}
	var by []string
	for of, names := range shared {
		text := "with " + of
		if own > 0 {
			text = strings.Join(names, ", ") + " " + text
		}
		by = append(by, text)
	}
	slices.Sort(by)
	return effect + "; " + strings.Join(by, "; ")
}
