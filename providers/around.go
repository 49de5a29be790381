package providers

import (
	"slices"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
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
	// File and Value tell what becomes of it: see [Provider]. Nil: its kind does not tell.
	File  func(name string) ([]byte, error)
	Value func() (*image.Value, error)
}

// File returns what a file will hold by what the resources decide, nil if it will not be
// there or its content is not known, and the address of the one that decides; no
// address if none does.
func (a Around) File(name string) (data []byte, by string, err error) {
	d := a.whole(ClaimFile(name))
	if d == nil {
		return nil, "", nil
	}
	if !d.Absent && d.File != nil {
		data, err = d.File(name)
	}
	return data, d.Addr.Local(), err
}

// Parts returns the parts of a file that resources write, with their addresses.
func (a Around) Parts(name string) map[string]string {
	parts := map[string]string{}
	for _, d := range a.On(ClaimFile(name)) {
		if part := Part(d.Claim); part != "" && !d.Absent {
			parts[part] = d.Addr.Local()
		}
	}
	return parts
}

// Value is like File for a value of the registry.
func (a Around) Value(key, name string) (v *image.Value, by string, err error) {
	d := a.whole(ClaimValue(key, name))
	if d == nil {
		return nil, "", nil
	}
	if !d.Absent && d.Value != nil {
		v, err = d.Value()
	}
	return v, d.Addr.Local(), err
}

// whole returns the decision on the whole of a thing: what it shall be, or that it
// shall not be there.
func (a Around) whole(claim string) *Decided {
	on := a.On(claim)
	i := slices.IndexFunc(on, func(d Decided) bool { return Part(d.Claim) == "" })
	if i < 0 {
		return nil
	}
	return &on[i]
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
