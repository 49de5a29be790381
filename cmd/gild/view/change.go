package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/providers"
)

// sign is how an action is marked, and its colour.
func sign(a providers.Action) (symbol, color string) {
	switch a {
	case providers.Create:
		return "+", green
	case providers.Update:
		return "~", yellow
	case providers.Delete:
		return "-", red
	}
	return " ", ""
}

// verb says what an action does to a thing.
func verb(a providers.Action) string {
	switch a {
	case providers.Create:
		return "created"
	case providers.Update:
		return "changed"
	case providers.Delete:
		return "removed"
	}
	return "left as it is"
}

// change prints what happens to one resource, like the block that declares it.
func (s *Screen) change(it *planner.Item, schema dsl.Schema, effect string) {
	symbol, color := sign(it.Action)
	headline := it.Addr.String() + " will be " + verb(it.Action)
	if effect != "" {
		headline += " " + effect
	}
	s.out.printf("  %s\n", s.out.paint(bold, "# "+headline))
	s.out.printf("  %s %s {\n", s.out.paint(color, symbol), blockHead(it))
	context, hidden := unchanged(it, schema)
	width := 0
	for _, name := range context {
		width = max(width, len(name))
	}
	for _, d := range it.Differences {
		width = max(width, len(d.Attr))
	}
	for _, name := range context {
		s.out.printf("        %-*s = %s\n", width, name, value(it.Want.GetAttr(name), "        "))
	}
	for _, d := range it.Differences {
		s.difference(it, d, width)
	}
	if hidden > 0 {
		s.out.printf("        %s\n", s.out.paint(dim, "# "+counted(hidden, "unchanged attribute", "hidden")))
	}
	s.out.printf("    }\n\n")
}

func blockHead(it *planner.Item) string {
	head := it.Addr.Kind
	if it.Addr.Name != "" {
		head += " \"" + printable(it.Addr.Name) + "\""
	}
	return head
}

// unchanged returns, of something that is changed, the attributes that say which
// thing it is, and the number of the others that stay as they are.
func unchanged(it *planner.Item, schema dsl.Schema) (context []string, hidden int) {
	if it.Action != providers.Update {
		return nil, 0
	}
	for _, a := range schema {
		differs := slices.ContainsFunc(it.Differences, func(d planner.Difference) bool { return d.Attr == a.Name })
		switch {
		case differs, a.Hint, !it.Want.Type().HasAttribute(a.Name), it.Want.GetAttr(a.Name).IsNull():
		case a.Key && !slices.Contains(it.Sensitive, a.Name):
			context = append(context, a.Name)
		default:
			hidden++
		}
	}
	return context, hidden
}

func schemaOf(kinds dsl.Kinds, it *planner.Item) dsl.Schema {
	if k := kinds.Kind(it.Addr.Kind); k != nil {
		return k.Schema
	}
	return nil
}

// difference prints one attribute of a resource.
func (s *Screen) difference(it *planner.Item, d planner.Difference, width int) {
	const indent = "        "
	symbol, color := sign(it.Action)
	lead := fmt.Sprintf("      %s %-*s = ", s.out.paint(color, symbol), width, d.Attr)
	switch {
	case slices.Contains(it.Sensitive, d.Attr):
		s.out.printf("%s%s\n", lead, sensitiveValue)
	case it.Action == providers.Delete:
		s.out.printf("%s%s\n", lead, value(d.Have, indent))
	case it.Action == providers.Create:
		s.out.printf("%s%s\n", lead, value(d.Want, indent))
	case isText(d.Want) && isText(d.Have):
		s.out.printf("%s<<EOT\n%s%sEOT\n", lead, s.textDiff(d.Have.AsString(), d.Want.AsString()), indent)
	case hasElements(d.Want) && hasElements(d.Have):
		s.out.printf("%s[\n%s%s]\n", lead, s.listDiff(d.Have, d.Want), indent)
	default:
		s.out.printf("%s%s %s %s\n", lead, value(d.Have, indent), s.out.paint(dim, "->"), value(d.Want, indent))
	}
}

func hasElements(v cty.Value) bool {
	return v.IsKnown() && !v.IsNull() && isSequence(v.Type()) && v.LengthInt() > 0
}

// textDiff returns the lines that differ between two texts, with some around them.
func (s *Screen) textDiff(before, after string) string {
	return s.diffLines(lines(before), lines(after))
}

// listDiff returns the elements that differ between two lists.
func (s *Screen) listDiff(before, after cty.Value) string {
	return s.diffLines(elements(before), elements(after))
}

func lines(text string) string { return strings.TrimSuffix(text, "\n") + "\n" }

// elements returns the elements of a list, each on a line.
func elements(v cty.Value) string {
	var b strings.Builder
	for _, e := range v.AsValueSlice() {
		b.WriteString(strings.Join(strings.Fields(value(e, "")), " ") + ",\n")
	}
	return b.String()
}

func (s *Screen) diffLines(before, after string) string {
	var b strings.Builder
	text := string(diff.Diff("", []byte(before), "", []byte(after)))
	_, text, _ = strings.Cut(text, "@@") // what stands before the first hunk are file names
	hunks := 0
	for line := range strings.Lines("@@" + text) {
		line = strings.TrimSuffix(line, "\n")
		switch line[0] {
		case '@':
			if hunks++; hunks > 1 {
				b.WriteString("            …\n")
			}
		case '+':
			b.WriteString("          " + s.out.paint(green, "+") + " " + line[1:] + "\n")
		case '-':
			b.WriteString("          " + s.out.paint(red, "-") + " " + line[1:] + "\n")
		default:
			b.WriteString("            " + line[1:] + "\n")
		}
	}
	return b.String()
}

// counted returns "(3 unchanged attributes hidden)".
func counted(n int, noun, rest string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("(%d %s %s)", n, noun, rest)
}
