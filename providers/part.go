package providers

import (
	"errors"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
)

// Division divides a change into parts that are made, fail and are left out one by
// one, such as the packages in a folder of drivers. Each is a step.
type Division struct {
	Effect Effect     // of the change as a whole
	Parts  []PartStep // to be made, in order
	// Holds are the IDs of everything in the image that the resource decides on,
	// including what is there already: other resources do not displace it.
	Holds []string
	// Displaced has to be removed from the image because of the parts.
	Displaced []Displaced
}

// PartStep is one part of a change, which is a step.
type PartStep struct {
	// Name distinguishes the parts of a resource; empty: there is only this one.
	Name string
	// ID identifies the part across resources: parts with one ID are one step.
	ID     string
	Action Action
	Effect Effect
}

// Displaced is something in the image that a part replaces and no resource names.
// The plan shows it as a resource to be removed, after the part.
type Displaced struct {
	ID    string // as in [Division].Holds
	By    string // name of the part
	Child        // what removes it
	// Refused: it must not be removed; this is the message for the author.
	Refused error
}

// PartsOf returns the names of the parts that an error is about; false if it is about
// anything else, too.
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

// HasParts tells whether resources of the kind may have parts, by the marks of its schema.
func (p *Provider) HasParts() bool {
	return slices.ContainsFunc(p.Schema, func(a dsl.Attr) bool { return a.Parts })
}

// Only returns a resolved value with one part only.
func (p *Provider) Only(want cty.Value, part string) cty.Value {
	return p.without(want, func(name string, _ cty.Value) bool { return name != part })
}

// Without returns a resolved value without some parts.
func (p *Provider) Without(want cty.Value, parts []string) cty.Value {
	return p.without(want, func(name string, _ cty.Value) bool { return slices.Contains(parts, name) })
}

func (p *Provider) without(want cty.Value, left func(name string, _ cty.Value) bool) cty.Value {
	attrs := want.AsValueMap()
	for _, a := range p.Schema {
		v, ok := attrs[a.Name]
		if !a.Parts || !ok || v.IsNull() || !v.Type().IsMapType() { // a plan file was changed; who reads it says what is wrong
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
