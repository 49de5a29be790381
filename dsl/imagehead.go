package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"
)

// imageHead evaluates everything in an image block except its resources.
func (l *loader) imageHead(in *instance) {
	im, content, h, ctx := in.Image, in.block.content, in.head, in.head.ctx
	im.Source = h.text("source")
	l.takeSource(in)
	im.SourceName = h.text("name")
	im.Target = h.text("target")
	im.Backend = h.text("backend")
	im.Index = h.count("index")
	im.AllowDirtyHives = h.texts("allow_dirty_hives")
	im.FirstBoot = h.either("first_boot", FirstBootAllow, FirstBootForbid)
	im.Checkpoint = l.checkpoint(content.Blocks.OfType("checkpoint"), ctx)
	im.Retry = l.retry(content.Blocks.OfType("retry"), ctx)
	l.export(im, content.Blocks.OfType("export"), ctx)
	l.checkPlaces(im, h)
}

// checkPlaces checks that the image says what to read and where to write.
func (l *loader) checkPlaces(im *Image, h *head) {
	switch {
	case h.has("target"):
		for _, name := range []string{"source", "output", "index", "name"} {
			if h.has(name) {
				l.errorAt(h.attrs[name].Range, "Conflicting arguments", fmt.Sprintf(
					`%q can't be used together with "target", which is serviced in place.`, name))
			}
		}
	case !h.has("source") && !h.has("output"):
		l.errorAt(im.Range, "Missing source", `An image needs either "source" and "output", or "target".`)
	case !h.has("source"):
		l.errorAt(im.Range, "Missing source", `An image with "output" needs a "source" to start from.`)
	case !h.has("output"):
		l.errorAt(im.Range, "Missing output", `An image with "source" needs an "output" to write to: the source is never changed.`)
	case im.Source != "" && im.Output != "" && foldPath(im.Source) == foldPath(im.Output):
		h.wrong("output", "The output must be another file than the source, which is never changed.")
	}
	if h.has("index") && h.has("name") {
		l.errorAt(h.attrs["name"].Range, "Conflicting arguments", `Select the image in the source by "index" or by "name", not by both.`)
	}
}

// head evaluates plain arguments of a block. An argument that is missing, null or
// wrong is zero.
type head struct {
	*loader
	attrs hcl.Attributes
	ctx   *hcl.EvalContext
	nulls map[string]bool
	from  origins // of the source
}

// has reports whether the argument is set. It is true for one that is set wrongly.
func (h *head) has(name string) bool { return h.attrs[name] != nil && !h.nulls[name] }

func (h *head) wrong(name, detail string) {
	h.errorAt(h.attrs[name].Range, "Invalid value", fmt.Sprintf("The argument %q is wrong. %s", name, detail))
}

// value returns the argument's value; ok is false if there is none that can be used.
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
