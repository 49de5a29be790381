package providers

import (
	"slices"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
)

// Around is what [Provider].Warn may consider apart from the resource and the image.
type Around struct {
	Host   Host
	Others []Decided // by all resources of the image, including the one being checked
}

// Decided is a thing in the image that a resource decides on.
type Decided struct {
	Addr   dsl.Addr
	Claim  Claim
	Absent bool // the thing is to be absent
	// File and Value return its future content: see [Provider]. Nil: the kind can't say.
	File  func(name string) ([]byte, error)
	Value func() (*image.Value, error)
}

// File returns the future content of a file, nil if it will not exist or is not known, and the
// address of the resource that decides on it, empty if none does.
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
		if part := d.Claim.Part(); part != "" && !d.Absent {
			parts[part] = d.Addr.Local()
		}
	}
	return parts
}

// Value is like File, for a registry value.
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

// whole returns the decision on a whole thing, not on one of its parts; nil if there is none.
func (a Around) whole(claim Claim) *Decided {
	on := a.On(claim)
	i := slices.IndexFunc(on, func(d Decided) bool { return d.Claim.Part() == "" })
	if i < 0 {
		return nil
	}
	return &on[i]
}

// On returns the decisions on what a claim is on, on a part of it, or on a whole that contains it.
func (a Around) On(claim Claim) []Decided {
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
