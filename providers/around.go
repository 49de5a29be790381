package providers

import (
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
)

// Around is what a warning may be about beside the resource and the image.
type Around struct {
	Host   Host
	Others []Decided // by all resources of the image, the one it is about among them
}

// Decided is something in the image that a resource decides on.
type Decided struct {
	Addr   dsl.Addr
	Claim  string // in the words of Claims
	Absent bool   // it shall not be there
}

// On returns what is decided on the same thing as a claim is, or on all or a part of it.
func (a Around) On(claim string) []Decided {
	var held Claims[struct{}]
	held.Add(claim, struct{}{})
	var list []Decided
	for _, d := range a.Others {
		if _, _, found := held.Conflict(d.Claim); found {
			list = append(list, d)
		}
	}
	return list
}

// Part returns the name of the part that a claim is on; empty for a whole.
func Part(claim string) string {
	part, ok := strings.CutPrefix(claim, partClaim)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(part, partOf)
	return name
}

// Settles tells whether a resource decides on the whole of a thing: makes it what it
// shall be, or removes it.
func (a Around) Settles(claim string) bool {
	return slices.ContainsFunc(a.On(claim), func(d Decided) bool { return Part(d.Claim) == "" })
}
