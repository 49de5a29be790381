package providers

import (
	"maps"

	"github.com/zclconf/go-cty/cty"
)

// Child is a resource that another resource, its parent, expands to.
type Child struct {
	Name string // the last part of its address, below that of the parent
	// Of describes the resource in one of the types below; the kind whose [Provider.Makes] knows
	// that type implements it. Nil: a resource of the parent's own kind, with the attributes Want.
	Of     any
	Want   map[string]cty.Value // as an author would write them; others take their defaults
	Absent bool
	Attr   string // the parent's attribute that it comes from, for messages; empty: the whole parent
	// Remedy says in a sentence what the author of the parent can do if this resource is not
	// possible. Optional.
	Remedy string
}

// What resources can expand to. A parent does not know the kinds that implement these.
type (
	// RegistryValue is a registry value. If it is to be absent, only the key and the name count.
	RegistryValue struct {
		Key, Name string
		Type      string // "dword", "sz" …
		Value     cty.Value
	}

	// ServiceStart is the start type of a service that the image has: "disabled" …
	ServiceStart struct{ Name, Start string }

	// Commands are a script for cmd.exe at the first boot, by its name in the queue.
	Commands struct {
		Name, Title string
		Lines       []string
	}

	// PackageFile is a package of Component Based Servicing, by its file in the module.
	PackageFile struct{ Source string }

	// Access is the owner of the output's file and who may read and write it.
	Access struct {
		Owner, Group *string
		Read, Write  []string // nil: what the system sets
	}

	// Answers are the settings of one component in one pass of an answer file.
	Answers struct {
		Path, Pass, Component string
		Settings              cty.Value
	}
)

// Made returns the kind that implements a child of a resource of the kind of, and the child's
// attributes; nil if no kind implements it.
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
