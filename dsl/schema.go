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
	Doc  string   // one or two sentences: meaning, unit, what happens when it is left out

	Key       bool      // part of what identifies the thing in the image
	Required  bool      // the author must set it
	Fold      bool      // compared without regard to upper and lower case
	Hint      bool      // says how to make it or from where, not what it is: never compared with the image
	Computed  bool      // found out by gild, not written by the author
	Applies   bool      // says how an image holds the thing: now, or as work for its first boot
	Sensitive bool      // never printed or stored in clear
	Payload   Payload   // names files or folders of this machine that go into the image
	Parts     bool      // a map by the names of the parts that a change is divided into
	FilesOf   string    // lists the files that go into the image of what this attribute, a payload, names
	Column    int       // place among the columns of a table, from 1; 0: by what else it is
	Order     bool      // is the place in the queue of the first boot
	Default   cty.Value // value if the author sets none; cty.NilVal for no default
	Values    []string  // the only strings allowed; nil for any
	Nested    Schema    // if set, the attribute is written as repeated blocks of these attributes (Type is ignored)
}

// Payload says what sort of files an attribute names: one file or folder, or a list.
type Payload int

const (
	NoPayload      Payload = iota
	PayloadFile            // read by gild alone
	PayloadPackage         // read by Windows' own installers, too
	PayloadSource          // as /Source of DISM takes it: a folder with Windows, or wim:FILE:INDEX
)

// Schema is the attributes of a kind, in the order they are documented and shown.
type Schema []Attr

// Attr returns the attribute of that name, or nil.
func (s Schema) Attr(name string) *Attr {
	for i := range s {
		if s[i].Name == name {
			return &s[i]
		}
	}
	return nil
}

// ObjectType is the type of a value that conforms to the schema: an object with
// every attribute, null where it is not set.
func (s Schema) ObjectType() cty.Type {
	types := make(map[string]cty.Type, len(s))
	for _, a := range s {
		types[a.Name] = a.ValueType()
	}
	return cty.Object(types)
}

// ValueType is the type of the attribute's value: a list of objects for nested
// blocks, or a tuple of objects if these have attributes of no fixed type, since
// all elements of a list have one type.
func (a Attr) ValueType() cty.Type {
	if a.Nested != nil {
		return cty.List(a.Nested.ObjectType())
	}
	return a.Type.WithoutOptionalAttributesDeep()
}

// TypeName returns the type as the author knows it: string, list(string), any;
// block for an attribute that is written as blocks.
func (a Attr) TypeName() string {
	if a.Nested != nil {
		return "block"
	}
	return typeexpr.TypeString(a.Type)
}

// Kind is what the language knows of a kind of resource: how its block is
// written, not what it does.
type Kind struct {
	Name      string
	Doc       string
	Singleton bool // an image has it only once: its block has no label
	Schema    Schema
}

// Kinds is the list of kinds a configuration may use.
type Kinds []Kind

// Kind returns the kind of that name, or nil.
func (ks Kinds) Kind(name string) *Kind {
	for i := range ks {
		if ks[i].Name == name {
			return &ks[i]
		}
	}
	return nil
}
