package providers

import (
	"maps"

	"github.com/zclconf/go-cty/cty"
)

// Child is a resource that another one expands to.
type Child struct {
	Name string // its address is below that of the resource it is of
	// Of says what it is: of one of the types below, which one kind makes
	// ([Provider.Makes]). Nil: a resource of the kind that expands, with the attributes Want.
	Of     any
	Want   map[string]cty.Value // as an author would write them; others take their defaults
	Absent bool
	Attr   string // the attribute it comes from, for messages; empty: the resource as a whole
	// Remedy is what the author of the other resource can do if this one is not possible,
	// in a sentence. Optional.
	Remedy string
}

// What resources expand to, whatever the kinds are called that make it.
type (
	// RegistryValue is a value of the registry; of one that is to be absent the key and the
	// name alone count.
	RegistryValue struct {
		Key, Name string
		Type      string // "dword", "sz" …
		Value     cty.Value
	}

	// ServiceStart is how a service starts that the image has: "disabled" …
	ServiceStart struct{ Name, Start string }

	// Commands are a script for cmd.exe at the first start, by its name in the queue.
	Commands struct {
		Name, Title string
		Lines       []string
	}

	// PackageFile is a package of Component Based Servicing, in a file of the module.
	PackageFile struct{ Source string }

	// Access is who owns the output's file and who may read and write it.
	Access struct {
		Owner, Group *string
		Read, Write  []string // nil: as the system gives it
	}

	// Answers are settings of one component in one pass of an answer file.
	Answers struct {
		Path, Pass, Component string
		Settings              cty.Value
	}
)

// Made returns the kind of a resource that one of the kind of expands to, and its
// attributes; nil if no kind makes it.
func Made(kinds []*Provider, of *Provider, c Child) (*Provider, map[string]cty.Value) {
	if c.Of == nil {
		return of, c.Want
	}
	for _, p := range kinds {
		if p.Makes == nil {
			continue
		}
		if v := p.Makes(c.Of); v != nil {
			want := v.AsValueMap()
			maps.DeleteFunc(want, func(_ string, a cty.Value) bool { return a.IsNull() })
			return p, want
		}
	}
	return nil, nil
}
