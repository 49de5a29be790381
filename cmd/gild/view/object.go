package view

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

func isObject(v cty.Value) bool {
	return !v.IsMarked() && v.IsKnown() && !v.IsNull() && v.Type().IsObjectType()
}

// updateObject returns the attributes of an object that change, and how many do
// not. A null attribute counts as missing.
func (p changePrinter) updateObject(have, want cty.Value, indent string) string {
	before, after := have.AsValueMap(), want.AsValueMap()
	all := map[string]bool{}
	for name := range before {
		all[name] = true
	}
	for name := range after {
		all[name] = true
	}
	var b strings.Builder
	line := func(color, symbol, text string) {
		b.WriteString(indent + "  " + p.paint(color, symbol) + " " + text + "\n")
	}
	hidden := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		h, w := orNull(before, name), orNull(after, name)
		switch {
		case h.IsNull() && w.IsNull():
		case h.IsNull():
			line(green, "+", key(name)+" = "+value(w, indent+"    "))
		case w.IsNull():
			line(red, "-", key(name)+" = "+value(h, indent+"    "))
		case h.RawEquals(w):
			hidden++
		default:
			line(yellow, "~", key(name)+" = "+p.update(h, w, indent+"    "))
		}
	}
	if hidden > 0 {
		line(dim, "#", p.paint(dim, hiddenText(hidden, "unchanged attribute", "hidden")))
	}
	return "{\n" + b.String() + indent + "}"
}

func orNull(attrs map[string]cty.Value, name string) cty.Value {
	if v, ok := attrs[name]; ok {
		return v
	}
	return cty.NullVal(cty.DynamicPseudoType)
}
