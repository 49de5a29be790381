package dsl

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// imageBlock is an image block as written; with for_each it stands for a family of images.
type imageBlock struct {
	name    string
	at      hcl.Range
	content *hcl.BodyContent
}

var imageAttributes = []hcl.AttributeSchema{
	{Name: "for_each"},
	{Name: "source"}, {Name: "index"}, {Name: "name"}, {Name: "output"},
	{Name: "target"},
	{Name: "backend"}, {Name: "use"}, {Name: "allow_dirty_hives"},
}

func (l *loader) declareImage(block *hcl.Block) {
	image := &imageBlock{name: block.Labels[0], at: block.DefRange}
	if !l.validName("image", image.name, block.LabelRanges[0]) {
		return
	}
	if first, ok := l.images[image.name]; ok {
		l.duplicate("image", image.name, first.at, image.at)
		return
	}
	l.images[image.name] = image
	l.imageOrder = append(l.imageOrder, image)
	content, diags := block.Body.Content(&hcl.BodySchema{
		Attributes: imageAttributes,
		Blocks:     append([]hcl.BlockHeaderSchema{{Type: "checkpoint"}}, l.resourceHeaders()...),
	})
	l.report(diags)
	image.content = content
}

// expandImage returns the image, or the family of images, of a block.
func (l *loader) expandImage(block *imageBlock) []*Image {
	attr := block.content.Attributes["for_each"]
	if attr == nil {
		facts := map[string]cty.Value{"name": cty.StringVal(block.name)}
		return []*Image{l.image(block, block.name, within(l.scope, "image", cty.ObjectVal(facts)))}
	}
	var images []*Image
	for _, e := range l.forEach(attr.Expr, l.scope) {
		name := block.name + "[" + strconv.Quote(e.key) + "]"
		facts := map[string]cty.Value{"name": cty.StringVal(name), "key": cty.StringVal(e.key), "value": e.value}
		ctx := within(l.scope, "image", cty.ObjectVal(facts))
		images = append(images, l.image(block, name, within(ctx, "each", e.object())))
	}
	return images
}

func (l *loader) image(block *imageBlock, name string, ctx *hcl.EvalContext) *Image {
	im := &Image{Name: name, Range: block.at, Ranges: map[string]hcl.Range{}}
	for name, attr := range block.content.Attributes {
		im.Ranges[name] = attr.Range
	}
	l.imageHead(im, block.content, ctx)

	set := &resourceSet{loader: l, image: name, first: map[[2]string]hcl.Range{}}
	var use []*profile
	if attr := block.content.Attributes["use"]; attr != nil {
		use = l.profilesIn(attr.Expr)
	}
	outside := within(l.scope, "image", imageFacts(ctx))
	for _, p := range gather(nil, map[*profile]bool{}, use) {
		set.add(p.name, p.blocks, outside)
	}
	set.add("", block.content.Blocks, ctx)
	set.resolveDependencies()
	im.Resources = set.resources
	return im
}

// imageFacts returns the object behind image, which profiles see too.
func imageFacts(ctx *hcl.EvalContext) cty.Value {
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables["image"]; ok {
			return v
		}
	}
	return cty.DynamicVal
}

// checkWriters reports images that write to the same place.
func (l *loader) checkWriters(images []*Image) {
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
			l.errorAt(im.Ranges[attr], "Two images write to one place", fmt.Sprintf(
				"The image %s has the same %s as the image %s at %s: %q.", im.Name, attr, other.Name, other.Ranges[attr], value))
		}
	}
}

// foldPath makes paths that lead to the same file equal, as far as their text tells.
func foldPath(name string) string {
	return strings.ToLower(path.Clean(strings.ReplaceAll(name, `\`, "/")))
}
