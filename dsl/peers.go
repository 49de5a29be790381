package dsl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl/functions"
	"github.com/gildhq/gild/dsl/similar"
)

// A peer is an image that the blocks of other images refer to: image.base.output is the path
// of its output, image.base.file["…"] a file in its source.
type peer struct {
	name    string // of the image: base, base["de"]
	output  string // empty if it is unknown because of a reported mistake
	inPlace bool
}

// peers are the images of one block: by their for_each keys, or under the empty key
// without for_each.
type peers struct {
	family  bool
	members map[string]*peer
}

// madeOf marks the path of the output of the image of that name. Marks follow
// values through expressions, so gild knows which images an argument uses, however
// it is computed.
type madeOf string

// innerFile marks the path of a file in the source of an image.
type innerFile Inner

const wholeImage = "Refer to its output (%[1]s.output), or, as the source of an image, to a file in what it starts from (%[1]s.file[\"Windows/…/winre.wim\"])."

// imageRefs resolves the references of a module's expressions to images.
type imageRefs struct {
	declared map[string]*imageBlock
	blocks   map[string]*peers // nil until their outputs are known
	called   bool              // of a module that is called, which knows no other image
	results  bool              // outputs and checks, which can refer to results of images, are evaluated
	made     func(output string, digest bool) (made Made, ok bool)
}

// check checks a reference that begins with image, inside an image. Dynamic is
// the result of [indexed] for the expression.
func (r *imageRefs) check(t hcl.Traversal, facts cty.Value, dynamic map[int]bool) (summary, detail string) {
	const invalid = "Invalid reference"
	name, _, ok := member(t, "image")
	if !ok {
		return "", "" // the whole description of the current image
	}
	if slices.Contains(imageFacts, name) {
		if r.declared[name] != nil && meansPeer(t, facts) {
			return invalid, fmt.Sprintf("image.%s is known of the image at hand, so an image labelled %q can't be referred to. Give it another label.", name, name)
		}
		return "", ""
	}
	if r.called {
		return invalid, "A module knows the image that uses it, by image.name, image.key and image.value, and no other. What is made of another image is declared in the configuration itself."
	}
	if r.blocks == nil {
		return invalid, "What images there are and where they are written is settled before anything is made of them, so this can't refer to another image."
	}
	p := r.blocks[name]
	if p == nil {
		return "Unknown image", fmt.Sprintf("The configuration declares no image %q.%s", name, similar.Hint(name, append(sortedKeys(r.blocks), imageFacts...)))
	}
	whole, rest := "image."+name, t[2:]
	if len(rest) == 0 && dynamic[t.SourceRange().Start.Byte] {
		return "", ""
	}
	one := p.members[""]
	if p.family {
		key, isIndex := "", false
		if len(rest) > 0 {
			index, ok := rest[0].(hcl.TraverseIndex)
			if isIndex = ok; ok {
				key, isIndex = stringKey(index)
			}
		}
		if !isIndex {
			return invalid, fmt.Sprintf("image.%s is a family of images: say which one. There is %s.", name, p.all(name))
		}
		if one = p.members[key]; one == nil {
			return "Unknown image", fmt.Sprintf("The family image.%s has no %q. There is %s.", name, key, p.all(name))
		}
		whole, rest = "image."+one.name, rest[1:]
	}
	if detail := one.check(whole, rest, r.results); detail != "" {
		return invalid, detail
	}
	return "", ""
}

func (r *imageRefs) named(name string) *peer {
	for _, p := range r.blocks {
		for _, one := range p.members {
			if one.name == name {
				return one
			}
		}
	}
	return &peer{}
}

// meansPeer reports whether a reference to the description of the current image probably
// refers to another image with that label.
func meansPeer(t hcl.Traversal, facts cty.Value) bool {
	if len(t) < 3 {
		return false
	}
	attr, ok := t[2].(hcl.TraverseAttr)
	if !ok || attr.Name != "output" && attr.Name != "file" {
		return false
	}
	_, diags := hcl.Traversal(t[1:3]).TraverseRel(facts)
	return diags.HasErrors()
}

// check returns the error for the rest of a reference to an image. Results are the
// attributes that are known after apply.
func (p *peer) check(whole string, rest hcl.Traversal, results bool) string {
	if len(rest) == 0 {
		return fmt.Sprintf("%s can't be used as a whole. "+wholeImage, whole)
	}
	attr, ok := rest[0].(hcl.TraverseAttr)
	switch {
	case !ok:
		return fmt.Sprintf("%s is one image and no family, so it has no key.", whole)
	case slices.Contains(imageResults, attr.Name) && !p.inPlace:
		if !results {
			return fmt.Sprintf("%s.%s is known when the image has been made; only the outputs of the configuration can use it.", whole, attr.Name)
		}
	case attr.Name != "output" && attr.Name != "file":
		return fmt.Sprintf("%s has no %q. "+wholeImage, whole, attr.Name)
	case p.inPlace:
		return fmt.Sprintf("%s is changed in place: it has no output and no source. Only an image with both can be referred to.", whole)
	}
	return ""
}

// all lists the images of the block for a message.
func (p *peers) all(name string) string {
	var names []string
	for _, key := range sortedKeys(p.members) {
		names = append(names, "image."+keyed(name, key))
	}
	if len(names) == 0 {
		return "none: its for_each is empty"
	}
	return strings.Join(names, ", ")
}

// within returns a child context with the images that an expression refers to.
func (r *imageRefs) within(expr hcl.Expression, ctx *hcl.EvalContext) *hcl.EvalContext {
	facts, ok := scoped(ctx, "image")
	if r.blocks == nil || !ok || !facts.IsKnown() {
		return ctx
	}
	var attrs map[string]cty.Value
	var files []string
	var results func(output string) map[string]cty.Value
	secret := false // the choice of the image depends on a sensitive value
	for _, t := range expr.Variables() {
		name, _, ok := member(t, "image")
		if !ok || r.blocks[name] == nil || slices.Contains(imageFacts, name) {
			continue
		}
		if attrs == nil {
			attrs = map[string]cty.Value{}
			maps.Copy(attrs, facts.AsValueMap())
			files, secret = indexes(expr, ctx)
			if r.results {
				digest, size := asks(expr, "sha256"), asks(expr, "size")
				results = func(output string) map[string]cty.Value { return r.resultsOf(output, digest, size) }
			}
		}
		attrs[name] = r.blocks[name].value(files, results)
		if secret {
			attrs[name] = attrs[name].Mark(functions.Sensitive)
		}
	}
	if attrs == nil {
		return ctx
	}
	return within(ctx, "image", cty.ObjectVal(attrs))
}

// value returns the value of the image in an expression. A file in an image can have any
// path, so it contains only the paths that the expression can refer to.
func (p *peers) value(files []string, results func(output string) map[string]cty.Value) cty.Value {
	values := map[string]cty.Value{}
	for key, one := range p.members {
		values[key] = one.value(files, results)
	}
	if p.family {
		return cty.ObjectVal(values)
	}
	return values[""]
}

func (p *peer) value(files []string, results func(output string) map[string]cty.Value) cty.Value {
	if p.inPlace {
		return cty.EmptyObjectVal
	}
	inner := map[string]cty.Value{}
	for _, path := range files {
		inner[path] = cty.StringVal(path).Mark(innerFile{Image: p.name, Path: path})
	}
	output := cty.UnknownVal(cty.String)
	if p.output != "" {
		output = cty.StringVal(p.output).Mark(madeOf(p.name))
	}
	attrs := map[string]cty.Value{"output": output, "file": cty.ObjectVal(inner)}
	if results != nil {
		maps.Copy(attrs, results(p.output))
	}
	return cty.ObjectVal(attrs)
}

// indexes returns the strings by which an expression indexes anything, and whether
// one of them is sensitive.
func indexes(expr hcl.Expression, ctx *hcl.EvalContext) (keys []string, secret bool) {
	take := func(t hcl.Traversal) {
		for _, step := range t {
			if index, ok := step.(hcl.TraverseIndex); ok {
				if key, ok := stringKey(index); ok {
					keys = append(keys, key)
				}
			}
		}
	}
	for _, t := range expr.Variables() {
		take(t)
	}
	eachNode(expr, func(n hclsyntax.Node) {
		switch n := n.(type) {
		case *hclsyntax.RelativeTraversalExpr:
			take(n.Traversal)
		case *hclsyntax.IndexExpr:
			key, diags := n.Key.Value(ctx) // mistakes are reported when the whole expression is evaluated
			secret = secret || isSensitive(key)
			key, _ = key.Unmark()
			if !diags.HasErrors() && key.Type() == cty.String && key.IsKnown() && !key.IsNull() {
				keys = append(keys, key.AsString())
			}
		}
	})
	return keys, secret
}

// indexed returns the file offsets of operands that the expression indexes with a computed
// key, or iterates over.
func indexed(expr hcl.Expression) map[int]bool {
	at := map[int]bool{}
	eachNode(expr, func(n hclsyntax.Node) {
		switch n := n.(type) {
		case *hclsyntax.IndexExpr:
			at[n.Collection.StartRange().Start.Byte] = true
		case *hclsyntax.ForExpr:
			at[n.CollExpr.StartRange().Start.Byte] = true
		}
	})
	return at
}

// eachNode visits the nodes of an expression. An expression in JSON shows none.
func eachNode(expr hcl.Expression, do func(hclsyntax.Node)) {
	if node, ok := expr.(hclsyntax.Node); ok {
		hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
			do(n)
			return nil
		})
	}
}

// origins are the images that a value uses.
type origins struct {
	outputs []string // names of images, sorted
	files   []Inner
}

func (o origins) none() bool { return len(o.outputs) == 0 && len(o.files) == 0 }

// originsOf returns the images that a value uses, and the value without other marks than
// those of sensitive values.
func originsOf(v cty.Value) (cty.Value, origins) {
	var o origins
	bare, marked := v.UnmarkDeepWithPaths()
	var rest []cty.PathValueMarks
	for _, m := range marked {
		others := cty.ValueMarks{}
		for mark := range m.Marks {
			switch mark := mark.(type) {
			case madeOf:
				o.outputs = append(o.outputs, string(mark))
			case innerFile:
				o.files = append(o.files, Inner(mark))
			default:
				if mark != functions.FromRoot {
					others[mark] = struct{}{}
				}
			}
		}
		if len(others) > 0 {
			rest = append(rest, cty.PathValueMarks{Path: m.Path, Marks: others})
		}
	}
	slices.Sort(o.outputs)
	o.outputs = slices.Compact(o.outputs)
	return bare.MarkWithPaths(rest), o
}

// namesImages reports whether marks show that the value itself uses other images.
func namesImages(marks cty.ValueMarks) bool {
	for mark := range marks {
		switch mark.(type) {
		case madeOf, innerFile:
			return true
		}
	}
	return false
}
