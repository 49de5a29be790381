package dsl

import (
	"strconv"
	"strings"
)

// Addr names one resource of one image. It prints as image/kind.name, with the
// for_each key behind it in brackets where there is one, and as image/kind for a
// kind that an image can hold only once. A resource that another one expands to has
// that one's address before its own: image/security.base/registry.smb1. One that a
// module declares has the module's address before its own: image/module.base.registry.smb1.
type Addr struct {
	Image  string // label of the image block, with its for_each key: kiosk, kiosk["de"]
	In     string `json:",omitempty"` // the resource that expands to this one, as Local gives it; empty for those an author wrote
	Module string `json:",omitempty"` // the module that declares it: module.a["key"].module.b; empty for the configuration itself
	Kind   string // block type: registry, file, …
	Name   string // label of the block; empty for a kind that has none
	Key    string // for_each key; empty where there is none
}

// String returns the address as a user writes and reads it.
func (a Addr) String() string {
	if a.Image == "" {
		return a.Local()
	}
	return a.Image + "/" + a.Local()
}

// Local returns the address without its image.
func (a Addr) Local() string {
	s := a.Kind
	if a.Name != "" {
		s += "." + a.Name
	}
	if a.Key != "" {
		s += "[" + strconv.Quote(a.Key) + "]"
	}
	if a.Module != "" {
		s = strings.TrimSuffix(a.Module+"."+s, ".") // a target may be a module as a whole
	}
	if a.In != "" {
		s = a.In + "/" + s
	}
	return s
}

// Parent returns the resource that expands to this one, if there is one.
func (a Addr) Parent() (Addr, bool) {
	if a.In == "" {
		return Addr{}, false
	}
	parent, err := parseLocal(a.In)
	parent.Image = a.Image
	return parent, err == nil
}
