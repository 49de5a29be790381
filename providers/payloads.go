package providers

import (
	"path/filepath"

	"github.com/zclconf/go-cty/cty"
)

// Payload is a file or folder of this machine that goes into an image.
type Payload struct {
	Attr string // that names it
	Path string
	// Files are those of the folder that are brought into the image; nil: all of it.
	Files []string
}

// Paths are the files and folders that are brought into the image.
func (p Payload) Paths() []string {
	if p.Files != nil {
		return p.Files
	}
	return []string{p.Path}
}

// Payloads returns what a resource brings into an image: by the attributes source and,
// of apps, dependencies and license, and, of updates, the checkpoints that were found.
// Of a folder out of which only some files are taken, the attribute files names those.
func Payloads(want cty.Value) []Payload {
	var out []Payload
	for _, attr := range []string{"source", "dependencies", "license", "checkpoints"} {
		found := paths(want, attr)
		if attr == "checkpoints" {
			if all := paths(want, "checkpoint_files"); len(all) > 0 { // those that were named among them
				found = all
			}
		}
		for _, path := range found {
			p := Payload{Attr: attr, Path: path}
			if attr == "source" {
				p.Files = paths(want, "files")
			}
			out = append(out, p)
		}
	}
	return out
}

// paths are those that an attribute holds: one, those in a list, or none.
func paths(want cty.Value, attr string) []string {
	if !want.Type().IsObjectType() || !want.Type().HasAttribute(attr) || want.IsNull() || !want.IsKnown() {
		return nil
	}
	v := want.GetAttr(attr)
	switch {
	case v.IsNull() || !v.IsWhollyKnown():
		return nil
	case v.Type() == cty.String:
		return []string{filepath.FromSlash(v.AsString())}
	case !v.CanIterateElements():
		return nil
	}
	var out []string
	for _, e := range v.Elements() {
		if e.Type() == cty.String && !e.IsNull() {
			out = append(out, filepath.FromSlash(e.AsString()))
		}
	}
	return out
}
