package dsl

import (
	"strconv"
	"strings"
)

// Addr is the address of a resource of an image. It prints as image/kind.name, followed by
// the for_each key in brackets if there is one, and as image/kind for a kind that an image
// can have only once. The address of a child begins with that of its parent:
// image/security.base/registry.smb1. The address of a resource in a module begins with that
// of the module: image/module.base.registry.smb1.
type Addr struct {
	Image  string // label of the image block, with its for_each key: kiosk, kiosk["de"]
	In     string `json:",omitempty"` // the resource that expands to this one, as Local gives it; empty for resources that the author wrote
	Module string `json:",omitempty"` // the module that declares it: module.a["key"].module.b; empty for the configuration itself
	Kind   string // block type: registry, file, …
	Name   string // label of the block; empty for a kind that has none
	Key    string // for_each key; empty if there is none
}

// String returns the address as users write and read it.
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
