package providers

import (
	"errors"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
)

// Division divides a change into parts, such as the packages in a folder of drivers. Each part is a
// step, and can fail or be left out alone.
type Division struct {
	Effect Effect     // of the change as a whole
	Parts  []PartStep // in the order of their steps
	// Holds are the IDs of everything in the image that the resource decides on, including what is
	// in the image already: other resources do not displace it.
	Holds []string
	// Displaced has to be removed from the image because of the parts.
	Displaced []Displaced
}

// PartStep is a part of a change: one step.
type PartStep struct {
	// Name distinguishes the parts of a resource; empty: it has only this one.
	Name string
	// ID identifies the part across resources: parts with the same ID are one step.
	ID     string
	Action Action
	Effect Effect
}

// Displaced is something in the image that a part replaces and no resource names. The plan shows it
// as a resource to be removed, after the part.
type Displaced struct {
	ID    string // as in [Division].Holds
	By    string // name of the part
	Child        // what removes it
	// Refused: it must not be removed; this is the message for the author.
	Refused error
}

// PartsOf returns the names of the parts that an error is about; false if it is also about anything
// else.
func PartsOf(err error) ([]string, bool) {
	var names []string
	all := Problems(err)
	for _, e := range all {
		p, ok := errors.AsType[*Problem](e)
		if !ok || p.Part == "" {
			return nil, false
		}
		names = append(names, p.Part)
	}
	return names, len(all) > 0
}

// HasParts reports whether resources of the kind may have parts, by the marks of its schema.
func (p *Provider) HasParts() bool {
	return slices.ContainsFunc(p.Schema, func(a dsl.Attr) bool { return a.Parts })
}

// Only returns a resolved value reduced to one part.
func (p *Provider) Only(want cty.Value, part string) cty.Value {
	return p.without(want, func(name string, _ cty.Value) bool { return name != part })
}

// Without returns a resolved value without some of its parts.
func (p *Provider) Without(want cty.Value, parts []string) cty.Value {
	return p.without(want, func(name string, _ cty.Value) bool { return slices.Contains(parts, name) })
}

func (p *Provider) without(want cty.Value, left func(name string, _ cty.Value) bool) cty.Value {
	attrs := want.AsValueMap()
	for _, a := range p.Schema {
		v, ok := attrs[a.Name]
		if !a.Parts || !ok || v.IsNull() || !v.Type().IsMapType() { // the plan file was edited; reading it reports that
			continue
		}
		parts := v.AsValueMap()
		maps.DeleteFunc(parts, left)
		if attrs[a.Name] = cty.MapValEmpty(v.Type().ElementType()); len(parts) > 0 {
			attrs[a.Name] = cty.MapVal(parts)
		}
	}
	return cty.ObjectVal(attrs)
}
