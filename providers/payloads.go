package providers

import (
	"path/filepath"

	"github.com/zclconf/go-cty/cty"
)

// PayloadAttrs returns the attributes by which kinds name files and folders of this
// machine that go into an image: source and, of apps, dependencies.
func PayloadAttrs() []string { return []string{"source", "dependencies"} }

// Payloads returns the paths that such an attribute of a resource holds: one, those in
// a list, or none.
func Payloads(want cty.Value, attr string) []string {
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
