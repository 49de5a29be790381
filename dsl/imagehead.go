package dsl

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/gildhq/gild/ground/address"
)

// readHead evaluates everything in the block except its resources.
func (in *instance) readHead() {
	in.Source = in.text("source")
	in.takeSource()
	in.SourceName = in.text("name")
	in.Target = in.text("target")
	in.Backend = in.text("backend")
	in.Index = in.count("index")
	in.AllowDirtyHives = in.texts("allow_dirty_hives")
	in.FirstBoot = in.either("first_boot", FirstBootAllow, FirstBootForbid)
	in.Checkpoint, in.Retry = in.checkpoint(), in.retry()
	in.export()
	in.checkPlaces()
}

// inner returns the arguments and the range of the block of a type that an image can have
// only once; nil if there is none.
func (in *instance) inner(name string, attrs ...string) (*head, hcl.Range) {
	blocks := in.block.content.Blocks.OfType(name)
	if len(blocks) == 0 {
		return nil, hcl.Range{}
	}
	in.single(blocks)
	var schema []hcl.AttributeSchema
	for _, attr := range attrs {
		schema = append(schema, hcl.AttributeSchema{Name: attr})
	}
	return in.headOf(blocks[0], in.ctx, schema...), blocks[0].DefRange
}

// isAddress refuses a source whose address is not one.
func (in *instance) isAddress(source string) bool {
	_, err := address.Parse(source)
	if err == nil {
		return true
	}
	at, line := in.attrs["source"].Range, ""
	if errors.Is(err, address.ErrSecret) { // its line may have a password
		at, line = in.Image.Range, fmt.Sprintf("In line %d: ", at.Start.Line)
	}
	in.errorAt(at, "Invalid address", fmt.Sprintf("%sThe argument \"source\" is no address of an image: %s.", line, err))
	return false
}

// checkPlaces checks that the image has a source and an output, or a target.
func (in *instance) checkPlaces() {
	im, h := in.Image, in.head
	switch {
	case h.has("target"):
		for _, name := range []string{"source", "output", "index", "name"} {
			if h.has(name) {
				h.errorAt(h.attrs[name].Range, "Conflicting arguments", fmt.Sprintf(
					`%q can't be used together with "target", which is serviced in place.`, name))
			}
		}
	case !h.has("source") && !h.has("output"):
		h.errorAt(im.Range, "Missing source", `An image needs either "source" and "output", or "target".`)
	case !h.has("source"):
		h.errorAt(im.Range, "Missing source", `An image with "output" needs a "source" to start from.`)
	case !h.has("output"):
		h.errorAt(im.Range, "Missing output", `An image with "source" needs an "output" to write to: the source is never changed.`)
	case !in.isAddress(im.Source):
	case im.Source != "" && im.Output != "" && foldPath(im.Source) == foldPath(im.Output):
		h.wrong("output", "The output must be another file than the source, which is never changed.")
	}
	if h.has("index") && h.has("name") {
		h.errorAt(h.attrs["name"].Range, "Conflicting arguments", `Select the image in the source by "index" or by "name", not by both.`)
	}
}

// head evaluates plain arguments of a block. A missing, null or invalid argument is zero.
type head struct {
	*evaluator
	attrs hcl.Attributes
	ctx   *hcl.EvalContext
	nulls map[string]bool
	from  origins // of the source
}

// headOf returns the arguments of a block.
func (e *evaluator) headOf(block *hcl.Block, ctx *hcl.EvalContext, attrs ...hcl.AttributeSchema) *head {
	content, diags := block.Body.Content(&hcl.BodySchema{Attributes: attrs})
	e.report(diags)
	return &head{evaluator: e, attrs: content.Attributes, ctx: ctx}
}

// has reports whether the argument is set, even to an invalid value.
func (h *head) has(name string) bool { return h.attrs[name] != nil && !h.nulls[name] }

func (h *head) wrong(name, detail string) {
	h.errorAt(h.attrs[name].Range, "Invalid value", fmt.Sprintf("The argument %q is wrong. %s", name, detail))
}

// value returns the argument's value; ok is false if it has no valid one.
func (h *head) value(name string, typ cty.Type) (value cty.Value, ok bool) {
	attr := h.attrs[name]
	if attr == nil {
		return cty.NilVal, false
	}
	if name == "source" {
		value, h.from = h.evalFrom(attr.Expr, h.ctx)
	} else {
		value = h.eval(attr.Expr, h.ctx)
	}
	if isSensitive(value) {
		h.errorAt(attr.Range, "Sensitive value", fmt.Sprintf("The argument %q is shown to everybody, so it can't be made from a sensitive value.", name))
		return cty.NilVal, false
	}
	converted, err := convert.Convert(value, typ)
	if err != nil {
		h.wrong(name, "It does not fit: "+reason(err)+".")
		return cty.NilVal, false
	}
	if converted.IsNull() {
		if h.nulls == nil {
			h.nulls = map[string]bool{}
		}
		h.nulls[name] = true
		return cty.NilVal, false
	}
	return converted, converted.IsWhollyKnown()
}

func (h *head) text(name string) string {
	value, ok := h.value(name, cty.String)
	if !ok {
		return ""
	}
	if value.AsString() == "" {
		h.wrong(name, "It must not be empty.")
	}
	return value.AsString()
}

// either returns one of two values; the first is the default.
func (h *head) either(name, first, second string) string {
	switch text := h.text(name); text {
	case "", first:
		return first
	case second:
		return second
	default:
		h.wrong(name, fmt.Sprintf("It must be %q or %q.", first, second))
		return first
	}
}

// count returns a whole number from 1 up.
func (h *head) count(name string) int {
	value, ok := h.value(name, cty.Number)
	if !ok {
		return 0
	}
	var n int32
	if err := gocty.FromCtyValue(value, &n); err != nil || n < 1 {
		h.wrong(name, "It must be a whole number, 1 or more.")
		return 0
	}
	return int(n)
}

func (h *head) flag(name string) bool {
	value, ok := h.value(name, cty.Bool)
	return ok && value.True()
}

func (h *head) texts(name string) []string {
	value, ok := h.value(name, cty.List(cty.String))
	if !ok {
		return nil
	}
	var texts []string
	for _, v := range value.AsValueSlice() {
		if v.IsNull() {
			h.wrong(name, "An element is null.")
			continue
		}
		texts = append(texts, v.AsString())
	}
	return texts
}
