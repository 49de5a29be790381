package providers

import (
	"errors"

	"github.com/zclconf/go-cty/cty"
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

// Divided selects parts of a resolved value. It is pure.
type Divided interface {
	// Only returns the value with one part only.
	Only(want cty.Value, part string) cty.Value
	// Without returns the value without some parts.
	Without(want cty.Value, parts []string) cty.Value
}
