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
	context, hidden := context(it, schema)
	width := 0
	for _, name := range context {
		width = max(width, len(name))
	}
	for _, d := range it.Differences {
		width = max(width, len(d.Attr))
	}
	for _, name := range context {
		s.out.printf("        %-*s = %s\n", width, name, shown(it, name))
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

// context returns the attributes that are no differences and are shown all the
// same: those that say which thing is changed, and from where what is new is
// taken. It also returns the number of the others that stay as they are.
func context(it *planner.Item, schema dsl.Schema) (names []string, hidden int) {
	if it.Action == providers.Delete {
		return nil, 0
	}
	for _, a := range schema {
		differs := slices.ContainsFunc(it.Differences, func(d planner.Difference) bool { return d.Attr == a.Name })
		switch {
		case differs, !it.Want.Type().HasAttribute(a.Name), it.Want.GetAttr(a.Name).IsNull():
		case a.Key, a.Hint && !a.Computed:
			names = append(names, a.Name)
		case !a.Hint:
			hidden++
		}
	}
	return names, hidden
}

// shown returns the wanted value of an attribute that is shown as context.
func shown(it *planner.Item, name string) string {
	if slices.Contains(it.Sensitive, name) {
		return sensitiveValue
	}
	return value(it.Want.GetAttr(name), "        ")
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
		s.out.printf("%s<<EOT\n%s%sEOT\n", lead, s.changedLines(lines(d.Have.AsString()), lines(d.Want.AsString())), indent)
	case hasElements(d.Want) && hasElements(d.Have) && elements(d.Want) != elements(d.Have):
		open, end := "[", "]"
		if d.Want.Type().IsMapType() {
			open, end = "{", "}"
		}
		s.out.printf("%s%s\n%s%s%s\n", lead, open, s.changedLines(elements(d.Have), elements(d.Want)), indent, end)
	default:
		s.out.printf("%s%s %s %s\n", lead, value(d.Have, indent), s.out.paint(dim, "->"), value(d.Want, indent))
	}
}

// hasElements tells whether a value is a collection that holds something.
func hasElements(v cty.Value) bool {
	return v.IsKnown() && !v.IsNull() && (isSequence(v.Type()) || v.Type().IsMapType()) && v.LengthInt() > 0
}

// lines returns a text such that it ends with a line feed.
func lines(text string) string { return strings.TrimSuffix(text, "\n") + "\n" }

// elements returns the elements of a collection, each on a line.
func elements(v cty.Value) string {
	var all []string
	if v.Type().IsMapType() {
		all = entries(v, "")
	} else {
		for _, e := range v.AsValueSlice() {
			all = append(all, value(e, "")+",")
		}
	}
	for i, e := range all {
		all[i] = strings.Join(strings.Fields(e), " ")
	}
	return strings.Join(all, "\n") + "\n"
}

// changedLines returns the lines that differ between two texts, with some around
// them, in the form of a plan.
func (s *Screen) changedLines(before, after string) string {
	text := string(diff.Diff("", []byte(before), "", []byte(after)))
	_, text, _ = strings.Cut(text, "@@") // what stands before the first hunk are file names
	var out []string
	for i, line := range strings.Split(strings.TrimSuffix("@@"+text, "\n"), "\n") {
		switch line[0] {
		case '@':
			if i > 0 {
				out = append(out, "  …")
			}
		case '+':
			out = append(out, s.out.paint(green, "+")+" "+line[1:])
		case '-':
			out = append(out, s.out.paint(red, "-")+" "+line[1:])
		default:
			out = append(out, "  "+line[1:])
		}
	}
	const most = 4 * shownLines
	if len(out) > most+1 {
		out = append(out[:most], "  # "+counted(len(out)-most, "more line", "hidden"))
	}
	return "          " + strings.Join(out, "\n          ") + "\n"
}

// counted returns "(3 unchanged attributes hidden)".
func counted(n int, noun, rest string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("(%d %s %s)", n, noun, rest)
}
