package planner

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// Expand returns the configuration with each resource of a kind that expands
// replaced by the simpler resources it expands to. A resource that depends on it
// depends on all of these. A resource that can't be expanded is left out and
// reported.
func Expand(config *dsl.Config, kinds []*providers.Provider) (*dsl.Config, hcl.Diagnostics) {
	e := expander{Input: &Input{Providers: kinds}}
	expanded := *config
	expanded.Images = make([]*dsl.Image, len(config.Images))
	for i, img := range config.Images {
		expanded.Images[i] = e.image(img)
	}
	return &expanded, together(e.diags)
}

type expander struct {
	*Input
	diags hcl.Diagnostics
}

func (e *expander) image(img *dsl.Image) *dsl.Image {
	whole := *img
	whole.Resources = nil
	became := map[dsl.Addr][]dsl.Addr{} // of those that were expanded
	for _, r := range img.Resources {
		rs := e.resource(r)
		if len(rs) != 1 || rs[0] != r {
			became[r.Addr] = addresses(rs)
		}
		whole.Resources = append(whole.Resources, rs...)
	}
	if len(became) == 0 {
		return img
	}
	for i, r := range whole.Resources {
		if depends := replaced(r.DependsOn, became); !slices.Equal(depends, r.DependsOn) {
			changed := *r
			changed.DependsOn = depends
			whole.Resources[i] = &changed
		}
	}
	return &whole
}

// resource returns what a resource expands to: mostly itself.
func (e *expander) resource(r *dsl.Resource) []*dsl.Resource {
	kind := e.provider(r.Addr.Kind)
	if kind == nil || kind.Expand == nil {
		return []*dsl.Resource{r}
	}
	want, err := kind.Checked(r.Want, r.Absent)
	var children []providers.Child
	if err == nil {
		children, err = kind.Expand(want, r.Absent)
	}
	if err != nil {
		e.diags = append(e.diags, diagnose(r, "Invalid resource", err)...)
		return nil
	}
	var rs []*dsl.Resource
	if kind.Read != nil {
		rs = append(rs, r)
	}
	if len(r.Ignore) > 0 || kind.Read == nil && len(r.After) > 0 {
		e.diags = append(e.diags, problem(r.Range, "Invalid lifecycle", fmt.Sprintf(
			"%s expands to other resources, which are what is compared with the image: its ignore_changes can only be all, and it has no postconditions.", r.Addr.Local())))
	}
	for _, c := range children {
		child, err := e.child(r, c)
		if err != nil {
			e.diags = append(e.diags, problem(r.Range, "Can't expand "+r.Addr.Local(), fmt.Sprintf("mistake in gild: %s: %v.", c.Name, err)))
			return nil
		}
		rs = append(rs, e.resource(child)...)
	}
	return rs
}

// child makes a resource from a [providers.Child]. If it comes from a sensitive
// attribute, all of it is sensitive.
func (e *expander) child(of *dsl.Resource, c providers.Child) (*dsl.Resource, error) {
	kind, attrs := providers.Made(e.Providers, e.provider(of.Addr.Kind), c)
	if kind == nil {
		return nil, fmt.Errorf("no kind makes %T", c.Of)
	}
	want, err := conforming(kind.Schema, attrs)
	if err != nil {
		return nil, err
	}
	r := &dsl.Resource{
		Addr:    dsl.Addr{Image: of.Addr.Image, In: of.Addr.Local(), Kind: kind.Kind, Name: c.Name},
		Profile: of.Profile, Varies: of.Varies, Skip: of.Skip, Want: want, Absent: c.Absent, DependsOn: of.DependsOn, Needs: of.Needs, Range: of.AttrRange(c.Attr), Remedy: c.Remedy,
		IgnoreAll: of.IgnoreAll && !kind.HasParts(),
	}
	if slices.Contains(of.Sensitive, c.Attr) || c.Attr == "" && len(of.Sensitive) > 0 {
		for name := range attrs {
			r.Sensitive = append(r.Sensitive, name)
		}
		slices.Sort(r.Sensitive)
	}
	return r, nil
}

// conforming makes a value of the schema from some attributes: others take their
// defaults.
func conforming(schema dsl.Schema, attrs map[string]cty.Value) (cty.Value, error) {
	for name := range attrs {
		if schema.Attr(name) == nil {
			return cty.NilVal, fmt.Errorf("there is no attribute %q", name)
		}
	}
	values := make(map[string]cty.Value, len(schema))
	for _, a := range schema {
		v, err := conformingAttr(a, attrs[a.Name])
		if err != nil {
			return cty.NilVal, fmt.Errorf("attribute %q: %w", a.Name, err)
		}
		values[a.Name] = v
	}
	return cty.ObjectVal(values), nil
}

func conformingAttr(a dsl.Attr, v cty.Value) (cty.Value, error) {
	switch {
	case v == cty.NilVal || v.IsNull():
		if a.Default != cty.NilVal {
			return a.Default, nil
		}
		return cty.NullVal(a.ValueType()), nil
	case a.Nested == nil:
		return convert.Convert(v, a.Type)
	}
	var blocks []cty.Value
	for _, element := range v.AsValueSlice() {
		block, err := conforming(a.Nested, element.AsValueMap())
		if err != nil {
			return cty.NilVal, err
		}
		blocks = append(blocks, block)
	}
	switch {
	case len(blocks) == 0:
		return cty.NullVal(a.ValueType()), nil
	case a.Nested.ObjectType().HasDynamicTypes():
		return cty.TupleVal(blocks), nil
	}
	return cty.ListVal(blocks), nil
}

func addresses(rs []*dsl.Resource) []dsl.Addr {
	addrs := make([]dsl.Addr, len(rs))
	for i, r := range rs {
		addrs[i] = r.Addr
	}
	return addrs
}

// replaced returns the addresses, with those of expanded resources replaced by what
// they became.
func replaced(addrs []dsl.Addr, became map[dsl.Addr][]dsl.Addr) []dsl.Addr {
	var all []dsl.Addr
	for _, a := range addrs {
		if parts, ok := became[a]; ok {
			all = append(all, parts...)
		} else {
			all = append(all, a)
		}
	}
	return all
}
