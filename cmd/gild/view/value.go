package view

import (
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

const (
	sensitiveValue = "(sensitive value)"
	listWidth      = 60 // width up to which a list stays on one line
	shownLines     = 24 // lines of a text, or elements of a collection, that are shown
)

// value returns a value as HCL; from the second line on it is indented by indent.
func value(v cty.Value, indent string) string {
	switch {
	case v.IsMarked():
		return sensitiveValue
	case !v.IsKnown():
		return "(known after apply)"
	case v.IsNull():
		return "null"
	case isText(v):
		return heredoc(v.AsString(), indent)
	case isSequence(v.Type()):
		return sequence(v.AsValueSlice(), indent)
	case v.Type().IsMapType() || v.Type().IsObjectType():
		return mapping(v, indent)
	case v.Type().IsPrimitiveType():
		return string(hclwrite.TokensForValue(v).Bytes())
	}
	return v.GoString()
}

func isSequence(t cty.Type) bool { return t.IsListType() || t.IsSetType() || t.IsTupleType() }

// isText tells whether a value is a string of several lines that a terminal can
// show as they are. All its lines must end in the same way.
func isText(v cty.Value) bool {
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return false
	}
	s := v.AsString()
	if crlf := strings.Count(s, "\r\n"); crlf > 0 && crlf != strings.Count(s, "\n") {
		return false
	}
	s = lines(s)
	return strings.Count(s, "\n") > 1 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && r != '\t' && (!unicode.IsPrint(r) || r == unicode.ReplacementChar)
	})
}

// lines returns a text with line feeds at the ends of lines, the last one too.
func lines(text string) string {
	return strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n") + "\n"
}

// heredoc returns a text of several lines; of a long one the first.
func heredoc(text, indent string) string {
	var b strings.Builder
	b.WriteString("<<EOT")
	if strings.Contains(text, "\r\n") {
		b.WriteString(" # lines end with CR LF")
	}
	all := strings.Split(strings.TrimSuffix(lines(text), "\n"), "\n")
	for i, line := range all {
		if i == shownLines && len(all) > shownLines+1 {
			line = "# " + hiddenText(len(all)-i, "more line", "hidden")
		}
		b.WriteString("\n" + indent + "  " + line)
		if i == shownLines {
			break
		}
	}
	return b.String() + "\n" + indent + "EOT"
}

func sequence(elements []cty.Value, indent string) string {
	shown := make([]string, len(elements))
	width := 0
	for i, e := range elements {
		shown[i] = value(e, indent+"  ")
		width += len(shown[i]) + 2
		if strings.Contains(shown[i], "\n") {
			width = listWidth + 1
		}
	}
	if width <= listWidth || len(elements) == 0 {
		return "[" + strings.Join(shown, ", ") + "]"
	}
	for i := range shown {
		shown[i] += ","
	}
	return "[\n" + rows(shown, indent) + indent + "]"
}

func mapping(v cty.Value, indent string) string {
	lines := entries(v, indent)
	if len(lines) == 0 {
		return "{}"
	}
	return "{\n" + rows(lines, indent) + indent + "}"
}

// entries returns the elements of a map, or the attributes of an object that are set.
func entries(v cty.Value, indent string) []string {
	var lines []string
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if v.Type().IsObjectType() && e.IsNull() {
			continue
		}
		lines = append(lines, key(k.AsString())+" = "+value(e, indent+"  "))
	}
	return lines
}

// rows returns the elements of a collection, each on a line, and of a large one
// the first.
func rows(elements []string, indent string) string {
	var b strings.Builder
	for i, e := range elements {
		if i == shownLines && len(elements) > shownLines+1 {
			b.WriteString(indent + "  # " + hiddenText(len(elements)-i, "more element", "hidden") + "\n")
			break
		}
		b.WriteString(indent + "  " + e + "\n")
	}
	return b.String()
}

// key returns the name of an element of a map as it is written.
func key(name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return name
	}
	return string(hclwrite.TokensForValue(cty.StringVal(name)).Bytes())
}

// Value returns a value as HCL.
func Value(v cty.Value) string { return value(v, "") }

// printable removes control characters from a text that came from an image or a
// file.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
