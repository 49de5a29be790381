package providers

import (
	"errors"

	"github.com/zclconf/go-cty/cty"
)

// Division is what a change consists of in an image: parts that can be made, fail and
// be left out one by one, such as the packages of a folder of drivers. Each is a step.
type Division struct {
	Effect Effect     // of the change as a whole
	Parts  []PartStep // to be made, in order
	// Holds are the IDs of everything in the image that the resource decides on, also
	// of what is there already: none of it is displaced by others.
	Holds []string
	// Displaced is what has to go from the image because of the parts.
	Displaced []Displaced
}

// PartStep is one part of a change, which is a step.
type PartStep struct {
	// Name tells it from the other parts of its resource; empty: it is all there is.
	Name string
	// ID is what resources have in common: parts of one ID are one step.
	ID     string
	Action Action
	Effect Effect
}

// Displaced is something in the image that a part takes the place of, and that no
// resource names. The plan shows it as a resource to be removed, after the part.
type Displaced struct {
	ID    string // as in [Division].Holds
	By    string // name of the part
	Child        // what removes it
	// Refused: it must not go, and this is what the author is told.
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

// Divided is how a kind takes parts out of a value that was resolved. It is pure.
type Divided interface {
	// Only returns what is wanted of one part.
	Only(want cty.Value, part string) cty.Value
	// Without returns what is wanted but for some parts.
	Without(want cty.Value, parts []string) cty.Value
}
