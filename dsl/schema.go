package dsl

import (
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
)

// Attr describes one attribute of a kind. Decoding, comparing, JSON and the
// reference documentation all use this description.
type Attr struct {
	Name string
	Type cty.Type // cty.DynamicPseudoType if the kind checks the type itself
	Doc  string   // one or two sentences: meaning, unit, default

	Key       bool      // part of the identity of the thing in the image
	Required  bool      // the author must set it
	Fold      bool      // compared without regard to upper and lower case
	Hint      bool      // says how or from what to create it, not what it is: never compared with the image
	Computed  bool      // computed by gild, not written by the author
	Applies   bool      // says whether the thing is in the image now, or queued for its first boot
	Sensitive bool      // never printed or stored in clear text
	Payload   Payload   // names files or folders outside the image that it gets
	Parts     bool      // a map by the names of the parts of a change
	FilesOf   string    // name of a payload attribute; this one lists the files of it that the image gets
	Column    int       // position among the columns of a table, from 1; 0: determined by the other fields
	Order     bool      // is the position in the first-boot queue
	Default   cty.Value // value if the author sets none; cty.NilVal for no default
	Values    []string  // the only strings allowed; nil for any
	Nested    Schema    // if set, the attribute is written as repeated blocks of these attributes (Type is ignored)
}

// Payload is the sort of files that an attribute names: one file or folder, or a list.
type Payload int

const (
	NoPayload      Payload = iota
	PayloadFile            // only read by gild
	PayloadPackage         // also read by Windows' own installers
	PayloadSource          // a value of DISM's /Source: a folder with Windows, or wim:FILE:INDEX
)

// Schema lists the attributes of a kind in the order of documentation and plans.
type Schema []Attr

// Attr returns the attribute with that name, or nil.
func (s Schema) Attr(name string) *Attr {
	for i := range s {
		if s[i].Name == name {
			return &s[i]
		}
	}
	return nil
}

// ObjectType returns the type of values that conform to the schema: an object with all
// attributes, null if not set.
func (s Schema) ObjectType() cty.Type {
	types := make(map[string]cty.Type, len(s))
	for _, a := range s {
		types[a.Name] = a.ValueType()
	}
	return cty.Object(types)
}

// ValueType returns the type of the attribute's value: a list of objects for nested blocks,
// or a tuple of objects if these have attributes of no fixed type, because all elements of
// a list have the same type.
func (a Attr) ValueType() cty.Type {
	if a.Nested != nil {
		return cty.List(a.Nested.ObjectType())
	}
	return a.Type.WithoutOptionalAttributesDeep()
}

// TypeName returns the type as authors write it: string, list(string), any; block for an
// attribute that is written as blocks.
func (a Attr) TypeName() string {
	if a.Nested != nil {
		return "block"
	}
	return typeexpr.TypeString(a.Type)
}

// Kind describes the blocks of a kind of resource: their form, not their meaning.
type Kind struct {
	Name      string
	Doc       string
	Singleton bool // an image can have only one: its block has no label
	Schema    Schema
}

// Kinds lists the kinds that a configuration can use.
type Kinds []Kind

// Kind returns the kind with that name, or nil.
func (ks Kinds) Kind(name string) *Kind {
	for i := range ks {
		if ks[i].Name == name {
			return &ks[i]
		}
	}
	return nil
}
