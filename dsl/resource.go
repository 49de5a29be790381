package dsl

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// metaAttributes are the arguments that every resource block has.
var metaAttributes = []hcl.AttributeSchema{{Name: "for_each"}, {Name: "depends_on"}, {Name: "ensure"}, {Name: "on_error"}}

// headers returns the block types that an image or a profile can contain.
func (ks Kinds) headers() []hcl.BlockHeaderSchema {
	headers := []hcl.BlockHeaderSchema{dynamicHeader}
	for _, kind := range ks {
		header := hcl.BlockHeaderSchema{Type: kind.Name, LabelNames: []string{"name"}}
		if kind.Singleton {
			header.LabelNames = nil
		}
		headers = append(headers, header)
	}
	return headers
}

// resourceSet collects the resources of one image.
type resourceSet struct {
	*loader   // of the blocks that are added
	image     string
	family    bool // the image belongs to a family
	resources []*Resource
	needs     []dependence       // of each resource
	first     map[Addr]hcl.Range // where each address, without a key, was first declared
	protected map[Addr]hcl.Range // those with prevent_destroy
}

// dependence is the depends_on of a resource, nil if it has none, and the module that
// contains it.
type dependence struct {
	hcl.Expression
	in *loader
}

// add evaluates the resource blocks of an image, or of a profile that it uses. Module l
// declares them.
func (s *resourceSet) add(l *loader, from use, blocks hcl.Blocks, ctx *hcl.EvalContext) {
	s.loader = l
	expanded := expander{s.evaluator}.expand(blocks, s.kinds.headers(), ctx)
	for _, block := range expanded {
		if kind := s.kinds.Kind(block.Type); kind != nil {
			s.addBlock(kind, from, block)
		}
	}
}

func (s *resourceSet) addBlock(kind *Kind, from use, block scopedBlock) {
	addr := Addr{Image: s.image, Module: s.address, Kind: kind.Name}
	if !kind.Singleton {
		addr.Name = block.Labels[0]
		if !s.validName("resource", addr.Name, block.LabelRanges[0]) {
			return
		}
	}
	if first, taken := s.first[addr]; taken {
		s.errorAt(block.DefRange, "Duplicate resource", fmt.Sprintf(
			"%s is there already, declared at %s%s. Rename or remove one of them.", addr.Local(), first, s.inImage()))
		return
	}
	s.first[addr] = block.DefRange

	headers := append(kind.Schema.headers(), lifecycleHeader)
	content, diags := block.Body.Content(&hcl.BodySchema{
		Attributes: slices.Concat(kind.Schema.attributes(), metaAttributes, []hcl.AttributeSchema{{Name: "count"}}),
		Blocks:     headers,
	})
	s.report(diags)
	s.refusedArguments(content.Attributes, "count")
	d := &decoder{evaluator: s.evaluator, folder: s.folder, kind: kind, content: content, at: block.DefRange}
	d.lifecycle = lifecycleOf(s.reporter, content.Blocks.OfType(lifecycleHeader.Type), kind.Schema, "A resource")
	if d.lifecycle.protect {
		if s.protected == nil {
			s.protected = map[Addr]hcl.Range{}
		}
		s.protected[addr] = d.lifecycle.at
	}
	if d.varies = from.varies || varies(content); from.profile == nil {
		d.varies = d.varies || !s.family
	} else {
		d.profile = from.name
	}
	each := content.Attributes["for_each"]
	switch {
	case each == nil:
		s.append(d.resource(addr, block.ctx), content)
	case kind.Singleton:
		s.errorAt(each.Range, "Invalid for_each", fmt.Sprintf("An image holds %s only once, so the block can't be repeated.", kind.Name))
	default:
		for _, e := range s.forEach(each.Expr, block.ctx) {
			addr.Key = e.key
			s.append(d.resource(addr, within(block.ctx, "each", e.object())), content)
		}
	}
}

// inImage names the image of the set for messages. The set of an unused profile has none.
func (s *resourceSet) inImage() string {
	if s.image == "" {
		return ""
	}
	return ", in the image " + s.image
}

func (s *resourceSet) append(r *Resource, content *hcl.BodyContent) {
	s.resources = append(s.resources, r)
	needs := dependence{in: s.loader}
	if attr := content.Attributes["depends_on"]; attr != nil {
		needs.Expression = attr.Expr
	}
	s.needs = append(s.needs, needs)
}

// decoder decodes the content of one resource block to resources.
type decoder struct {
	*evaluator
	folder  *folder
	kind    *Kind
	content *hcl.BodyContent
	at      hcl.Range
	profile string
	varies  bool
	lifecycle
}

func (d *decoder) resource(addr Addr, ctx *hcl.EvalContext) *Resource {
	r := &Resource{Addr: addr, Profile: d.profile, Range: d.at, Ranges: map[string]hcl.Range{}, Varies: d.varies}
	for _, meta := range metaAttributes {
		if attr := d.content.Attributes[meta.Name]; attr != nil {
			r.Ranges[meta.Name] = attr.Range
		}
	}
	r.Absent = d.choice(d.content.Attributes["ensure"], ctx, "present", "absent")
	r.Skip = d.choice(d.content.Attributes["on_error"], ctx, "stop", "skip")
	b := &body{evaluator: d.evaluator, folder: d.folder, ranges: r.Ranges, absent: r.Absent, at: d.at}
	r.Want = b.decode(d.kind.Schema, d.content, ctx, "")
	slices.Sort(b.needs)
	r.Needs = slices.Compact(b.needs)
	d.demand(d.before, "Precondition failed", addr.String(), ctx)
	r.Ignore, r.IgnoreAll, r.After = d.ignore, d.ignoreAll, d.postconditions(d.after, addr, ctx)
	if r.Absent && d.protect {
		d.errorAt(d.lifecycle.at, "Resource must not be destroyed", fmt.Sprintf(`%s has prevent_destroy = true, and ensure = "absent" destroys it. Remove one of them.`, addr))
	}
	for _, a := range d.kind.Schema {
		if a.sensitive() || b.sensitive[a.Name] {
			r.Sensitive = append(r.Sensitive, a.Name)
		}
	}
	return r
}

// choice evaluates a meta-argument with two allowed values, and reports whether it has the
// second one. The first one is the default.
func (d *decoder) choice(attr *hcl.Attribute, ctx *hcl.EvalContext, usual, other string) bool {
	if attr == nil {
		return false
	}
	value := d.eval(attr.Expr, ctx)
	if isSensitive(value) {
		d.errorAt(attr.Range, "Sensitive value", attr.Name+" can't be made from a sensitive value, because it is shown to everybody.")
		return false
	}
	text, err := convert.Convert(value, cty.String)
	if err == nil && (text.IsNull() || !text.IsKnown()) {
		return false
	}
	if err == nil && text.AsString() == other {
		return true
	}
	if err != nil || text.AsString() != usual {
		d.errorAt(attr.Range, "Invalid "+attr.Name, fmt.Sprintf("It must be %q or %q.", usual, other))
	}
	return false
}
