package planner

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// lifecycle reports what the block lifecycle of a resource can't mean for its kind.
func (r *resource) lifecycle() hcl.Diagnostics {
	if (r.IgnoreAll || len(r.Ignore) > 0) && r.kind.HasParts() {
		return hcl.Diagnostics{problem(r.Range, "Invalid ignore_changes", fmt.Sprintf(
			"The image holds a %s or does not: it has nothing that could differ. Remove ignore_changes.", r.kind.Kind))}
	}
	return nil
}

// ignores reports whether the author leaves an attribute as an image holds it.
func (r *resource) ignores(a dsl.Attr) bool {
	return !a.Key && !a.Hint && (r.IgnoreAll || slices.Contains(r.Ignore, a.Name))
}

// adopt takes over what the source holds where the author ignores changes, as Terraform
// takes over what the state holds. What the source does not hold is made as declared, each
// time: an output depends on nothing that an earlier one had.
func (r *resource) adopt(have cty.Value) {
	if have.IsNull() || r.Absent || !slices.ContainsFunc(r.kind.Schema, r.ignores) {
		return
	}
	attrs := r.want.AsValueMap()
	for _, a := range r.kind.Schema {
		if r.ignores(a) {
			attrs[a.Name] = attribute(have, a)
		}
	}
	r.want = cty.ObjectVal(attrs)
}

// postconditions checks the rules of resources on what the image holds after the plan, as
// far as that is known now: what is declared, and what the author leaves open if the
// source, or an output that is up to date, has it already. It counts those that are not
// known.
func (m *maker) postconditions(inSource, shown []cty.Value) {
	for i, r := range m.selected {
		have := inSource[i]
		if m.img.UpToDate {
			have = shown[i]
		}
		for _, post := range r.After {
			if r.Absent {
				continue
			}
			diags, known := post.Check(r.self(have), m.img.Items[i].Sensitive)
			m.report(diags)
			if !known {
				m.img.Unproven++
			}
		}
	}
}

// self is the resource as an image will hold it, by attributes.
func (r *resource) self(have cty.Value) map[string]cty.Value {
	attrs := map[string]cty.Value{}
	for _, a := range r.kind.Schema {
		v := attribute(r.want, a)
		if v.IsNull() && have.IsNull() && !a.Hint {
			v = cty.UnknownVal(a.ValueType())
		} else if v.IsNull() {
			v = attribute(have, a)
		}
		attrs[a.Name] = v
	}
	return attrs
}

// protect reports what must not be destroyed, and would be: an output that is there, and
// instances of a resource that are no longer declared.
func (m *maker) protect() {
	for _, d := range m.img.Dropped {
		if d.Action == providers.Delete {
			continue // what was destroyed comes back
		}
		for addr, err := dsl.ParseAddr(d.Address); err == nil; {
			block := addr
			block.Image, block.Key = m.cfg.Name, "" // the image may have had another name
			if rng, ok := m.cfg.Protected[block]; ok {
				m.report(hcl.Diagnostics{problem(rng, "Resource must not be destroyed", fmt.Sprintf(
					"The output has %s, which is no longer declared, so it would be destroyed; its block has prevent_destroy = true. Declare it again, or remove prevent_destroy.", d.Address))})
				break
			}
			parent, ok := addr.Parent()
			if !ok {
				break
			}
			addr = parent
		}
	}
	if !m.cfg.PreventDestroy || m.img.UpToDate || m.img.Found == NotThere || slices.Contains(m.Made, m.cfg.Name) {
		return
	}
	c := m.img.Counts()
	m.errorAt("lifecycle", "Output must not be replaced", fmt.Sprintf(
		"%s is there and would be replaced (%d to add, %d to change, %d to destroy); its image has prevent_destroy = true. Name another output, move the file away, or remove prevent_destroy.",
		m.cfg.Output, c.Add, c.Change, c.Destroy))
}
