package dsl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/ground/address"
)

// attributes returns the attributes that are written as arguments, for HCL. It includes
// computed ones, so that setting one gets a clear error.
func (s Schema) attributes() []hcl.AttributeSchema {
	var attrs []hcl.AttributeSchema
	for _, a := range s {
		if a.Nested == nil {
			attrs = append(attrs, hcl.AttributeSchema{Name: a.Name})
		}
	}
	return attrs
}

// headers returns the block types of nested attributes.
func (s Schema) headers() []hcl.BlockHeaderSchema {
	var headers []hcl.BlockHeaderSchema
	for _, a := range s {
		if a.Nested != nil {
			headers = append(headers, hcl.BlockHeaderSchema{Type: a.Name})
		}
	}
	if headers != nil {
		headers = append(headers, dynamicHeader)
	}
	return headers
}

// sensitive reports whether the schema alone makes the attribute sensitive.
func (a Attr) sensitive() bool {
	return a.Sensitive || slices.ContainsFunc(a.Nested, Attr.sensitive)
}

// body decodes the body of a resource, and those of its nested blocks, by their schemas.
type body struct {
	*evaluator
	folder    *folder              // that paths begin in
	ranges    map[string]hcl.Range // where attributes were written; filled
	sensitive map[string]bool      // attributes of the resource made from sensitive values; filled
	needs     []string             // images whose outputs attributes use; filled
	absent    bool
	at        hcl.Range // the block's header
}

// decode returns an object that conforms to the schema, without marks. The
// prefix is the path of a nested block in the resource: entry[0].
func (b *body) decode(schema Schema, content *hcl.BodyContent, ctx *hcl.EvalContext, prefix string) cty.Value {
	b.checkDynamic(schema, content.Blocks)
	values := make(map[string]cty.Value, len(schema))
	for i := range schema {
		a := &schema[i]
		name := prefix + a.Name
		value := cty.NullVal(a.ValueType())
		attr := content.Attributes[a.Name]
		switch {
		case a.Nested != nil:
			value = b.nested(a, content, ctx, name)
		case attr != nil && a.Computed:
			b.errorAt(attr.NameRange, "Computed argument", fmt.Sprintf("%q is found out by gild; it can't be set.", a.Name))
		case attr != nil:
			value = b.attribute(a, attr, ctx, name)
		}
		if value.IsNull() && b.must(a) {
			b.missing(a, attr, content)
		}
		if value.IsNull() && a.Default != cty.NilVal {
			value = a.Default
		}
		values[a.Name] = value
	}
	return cty.ObjectVal(values)
}

// must reports whether the author must set the attribute.
func (b *body) must(a *Attr) bool {
	return a.Required && !a.Computed && (a.Key || !b.absent)
}

func (b *body) missing(a *Attr, attr *hcl.Attribute, content *hcl.BodyContent) {
	if attr != nil {
		b.errorAt(attr.Range, "Missing required argument", fmt.Sprintf("The argument %q is required, but its value is null.", a.Name))
		return
	}
	what := "argument"
	if a.Nested != nil {
		what = "block"
	}
	b.errorAt(content.MissingItemRange, "Missing required "+what, fmt.Sprintf("The %s %q is required.", what, a.Name))
}

// attribute evaluates one argument. Nothing may quote the line of an attribute that
// the schema calls sensitive: it may contain the secret itself.
func (b *body) attribute(a *Attr, attr *hcl.Attribute, ctx *hcl.EvalContext, name string) cty.Value {
	at := attr.Range
	if a.Sensitive {
		at = b.at
		defer b.withholdPlace(len(b.diags), a.Name)
	} else {
		b.ranges[name] = attr.Range
	}
	value, from := originsOf(b.folder.rebased(a.Payload, b.evalMarked(attr.Expr, ctx)))
	b.needs = append(b.needs, from.outputs...)
	if len(from.files) > 0 {
		b.errorAt(at, "Invalid reference", fmt.Sprintf("The argument %q can't be a file in another image; only the source of an image can. %s", a.Name, "Make an image of it, and refer to its output."))
		return cty.UnknownVal(a.ValueType())
	}
	if isSensitive(value) {
		b.markSensitive(name)
	}
	value, _ = value.UnmarkDeep()
	secret := b.sensitive[root(name)] || a.sensitive()
	converted, err := convert.Convert(value, a.Type)
	if err == nil {
		err = misplaced(value, a.Type, nil)
	}
	if err != nil {
		b.errorAt(at, "Invalid value", fmt.Sprintf("The argument %q does not fit: %s.", a.Name, a.reason(err, secret)))
		return cty.UnknownVal(a.ValueType())
	}
	if a.Payload != NoPayload && !b.areAddresses(a, converted, at) {
		return cty.UnknownVal(a.ValueType())
	}
	if a.Values == nil || !converted.IsWhollyKnown() {
		return converted
	}
	return b.choose(a, converted, at, secret)
}

// areAddresses refuses payloads with an invalid address. No diagnostic quotes the line, which
// may contain a password.
func (b *body) areAddresses(a *Attr, v cty.Value, at hcl.Range) bool {
	ok := true
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
			return true, nil
		}
		if _, err := address.Parse(strings.TrimPrefix(v.AsString(), "wim:")); err != nil {
			before := len(b.diags)
			ok = false
			b.errorAt(at, "Invalid address", fmt.Sprintf("The argument %q is no address of a payload: %s.", a.Name, err))
			if errors.Is(err, address.ErrSecret) {
				b.withholdPlace(before, a.Name)
			}
		}
		return true, nil
	})
	return ok
}

// reason returns why a value does not fit. Names inside a sensitive value may be sensitive
// too: for these it only returns the required type.
func (a *Attr) reason(err error, secret bool) string {
	if secret {
		return "it must be of the type " + a.TypeName()
	}
	return reason(err)
}

// withholdPlace moves the n-th and all later diagnostics to the block's header.
func (b *body) withholdPlace(n int, name string) {
	for i, d := range b.diags[n:] {
		moved := *d
		moved.Subject, moved.Context = &b.at, nil
		moved.Detail = fmt.Sprintf("In the sensitive argument %q, line %d: %s", name, subject(d).Start.Line, d.Detail)
		b.diags[n+i] = &moved
	}
}

func (b *body) markSensitive(name string) {
	if b.sensitive == nil {
		b.sensitive = map[string]bool{}
	}
	b.sensitive[root(name)] = true
}

// root returns the attribute of the resource that contains a nested name.
func root(name string) string {
	if i := strings.IndexAny(name, "[."); i >= 0 {
		return name[:i]
	}
	return name
}

// choose checks that a string is one of the allowed ones, and returns it in the spelling of
// the schema.
func (b *body) choose(a *Attr, value cty.Value, at hcl.Range, secret bool) cty.Value {
	chosen, err := cty.Transform(value, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.Type() != cty.String || v.IsNull() {
			return v, nil
		}
		for _, allowed := range a.Values {
			if v.AsString() == allowed || a.Fold && strings.EqualFold(v.AsString(), allowed) {
				return cty.StringVal(allowed), nil
			}
		}
		if secret {
			return v, fmt.Errorf("it must be %s", oneOf(a.Values))
		}
		return v, fmt.Errorf("%q is not allowed; it must be %s", v.AsString(), oneOf(a.Values))
	})
	if err != nil {
		b.errorAt(at, "Invalid value", fmt.Sprintf("The argument %q does not fit: %s.", a.Name, reason(err)))
		return cty.UnknownVal(a.ValueType())
	}
	return chosen
}

// nested decodes the blocks of an attribute; null if there are none.
func (b *body) nested(a *Attr, content *hcl.BodyContent, ctx *hcl.EvalContext, name string) cty.Value {
	headers := []hcl.BlockHeaderSchema{{Type: a.Name}}
	var objects []cty.Value
	blocks := expander{b.evaluator}.expand(blocksFor(content.Blocks, a.Name), headers, ctx)
	for _, block := range blocks {
		inner, diags := block.Body.Content(&hcl.BodySchema{Attributes: a.Nested.attributes(), Blocks: a.Nested.headers()})
		b.report(diags)
		if len(objects) == 0 {
			b.ranges[name] = block.DefRange
		}
		place := fmt.Sprintf("%s[%d]", name, len(objects))
		b.ranges[place] = block.DefRange
		objects = append(objects, b.decode(a.Nested, inner, block.ctx, place+"."))
	}
	switch {
	case len(objects) == 0:
		return cty.NullVal(a.ValueType())
	case a.Nested.ObjectType().HasDynamicTypes():
		return cty.TupleVal(objects)
	default:
		return cty.ListVal(objects)
	}
}

// checkDynamic reports dynamic blocks of a type that the kind does not have.
func (b *body) checkDynamic(schema Schema, blocks hcl.Blocks) {
	for _, block := range blocks.OfType(dynamicHeader.Type) {
		if a := schema.Attr(block.Labels[0]); a == nil || a.Nested == nil {
			expander{b.evaluator}.unexpected(block, schema.headers())
		}
	}
}

// blocksFor returns the blocks of a type, and the dynamic blocks that generate such blocks.
func blocksFor(blocks hcl.Blocks, name string) hcl.Blocks {
	var out hcl.Blocks
	for _, block := range blocks {
		if block.Type == name || block.Type == dynamicHeader.Type && block.Labels[0] == name {
			out = append(out, block)
		}
	}
	return out
}
