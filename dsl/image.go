package dsl

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// imageBlock is an image block as written; with for_each it declares several images.
type imageBlock struct {
	name    string
	at      hcl.Range
	content *hcl.BodyContent
}

var imageAttributes = []hcl.AttributeSchema{
	{Name: "for_each"},
	{Name: "source"}, {Name: "index"}, {Name: "name"}, {Name: "output"},
	{Name: "target"},
	{Name: "backend"}, {Name: "use"}, {Name: "allow_dirty_hives"}, {Name: "first_boot"},
}

func (d *declared) declareImage(block *hcl.Block) {
	image := &imageBlock{name: block.Labels[0], at: block.DefRange}
	if !d.validName("image", image.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := d.images[image.name]; ok {
		d.duplicate("image", image.name, first.at, image.at)
		return
	}
	d.images[image.name] = image
	d.imageOrder = append(d.imageOrder, image)
	content, diags := block.Body.Content(&hcl.BodySchema{
		Attributes: append(slices.Clone(imageAttributes), hcl.AttributeSchema{Name: "count"}),
		Blocks:     append([]hcl.BlockHeaderSchema{{Type: "checkpoint"}, {Type: "retry"}, {Type: "export"}, lifecycleHeader}, d.kinds.headers()...),
	})
	d.report(diags)
	d.refusedArguments(content.Attributes, "count")
	image.content = content
}

// An instance is one image of a block, before it is fully evaluated.
type instance struct {
	*Image
	*head
	key   string // its for_each key; empty without for_each
	block *imageBlock
	facts cty.Value // the value of image in the profiles it uses
}

// expandImage returns the images of a block: their names and outputs.
func (l *loader) expandImage(block *imageBlock) []*instance {
	attr := block.content.Attributes["for_each"]
	if attr == nil {
		facts := cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(block.name)})
		return []*instance{l.instance(block, block.name, l.scope, facts)}
	}
	var images []*instance
	for _, e := range l.forEach(attr.Expr, l.scope) {
		name := keyed(block.name, e.key)
		facts := cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(name), "key": cty.StringVal(e.key), "value": e.value})
		one := l.instance(block, name, within(l.scope, "each", e.object()), facts)
		one.key = e.key
		images = append(images, one)
	}
	return images
}

// instance returns an image. The name image describes the image in its block and, unlike
// each, in the profiles that it uses and in blocks with their own for_each.
func (l *loader) instance(block *imageBlock, name string, ctx *hcl.EvalContext, facts cty.Value) *instance {
	in := &instance{
		Image: &Image{Name: name, Range: block.at, Ranges: map[string]hcl.Range{}}, block: block, facts: facts,
		head: &head{evaluator: l.evaluator, attrs: block.content.Attributes, ctx: within(ctx, "image", facts)},
	}
	in.Output = in.text("output")
	if in.Output != "" && l.run.opts.Elsewhere != nil {
		in.Output = l.run.opts.Elsewhere(name, in.Output)
	}
	return in
}

// image evaluates the block of an image, and the profiles that it uses.
func (l *loader) image(in *instance) *Image {
	im, content := in.Image, in.block.content
	for name, attr := range content.Attributes {
		im.Ranges[name] = attr.Range
	}
	in.readHead()

	set := &resourceSet{image: im.Name, family: content.Attributes["for_each"] != nil, first: map[Addr]hcl.Range{}}
	g := gathering{image: in.facts, seen: map[*profile]scopedProfile{}}
	if attr := content.Attributes["use"]; attr != nil {
		g.add(l.evaluator, l.profilesIn(attr.Expr, in.ctx), in.ctx)
	}
	for _, p := range g.order {
		set.add(p.module, p.use, p.blocks, p.ctx)
	}
	set.add(l, use{}, content.Blocks, in.ctx)
	set.resolveDependencies()
	im.Resources, im.Protected = set.resources, set.protected
	in.lifecycle()
	return im
}

// lifecycle evaluates the block of that type.
func (in *instance) lifecycle() {
	c := lifecycleOf(in.reporter, in.block.content.Blocks.OfType(lifecycleHeader.Type), nil, "An image")
	if in.PreventDestroy = c.protect; c.protect {
		in.Ranges[lifecycleHeader.Type] = c.at
	}
	if _, target := in.Ranges["target"]; target && c.protect {
		in.errorAt(c.at, "Invalid lifecycle", `A target is changed in place and never replaced, so there is no "prevent_destroy" for it. Write it in the lifecycle blocks of resources.`)
	}
	in.demand(c.before, "Precondition failed", "the image "+in.Name, in.ctx)
}

// checkWriters reports images with the same output or target.
func checkWriters(r *reporter, images []*Image) {
	type place struct{ attr, path string }
	first := map[place]*Image{}
	for _, im := range images {
		for attr, value := range map[string]string{"output": im.Output, "target": im.Target} {
			if value == "" {
				continue
			}
			key := place{attr, foldPath(value)}
			other, taken := first[key]
			if !taken {
				first[key] = im
				continue
			}
			r.errorAt(im.Ranges[attr], "Two images write to one place", fmt.Sprintf(
				"The image %s has the same %s as the image %s at %s: %q.", im.Name, attr, other.Name, other.Ranges[attr], value))
		}
	}
}

// foldPath makes paths to the same file equal, as far as their text shows.
func foldPath(name string) string {
	return strings.ToLower(path.Clean(strings.ReplaceAll(name, `\`, "/")))
}
