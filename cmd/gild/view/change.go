package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

// sign is the mark of an action, and its colour.
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

// verb says what was done to a thing.
func verb(a providers.Action) string {
	switch a {
	case providers.Create:
		return "created"
	case providers.Update:
		return "updated"
	case providers.Delete:
		return "destroyed"
	}
	return "left as it is"
}

// willBe says in Terraform's words what an action does to a thing.
func willBe(a providers.Action) string {
	if a == providers.Update {
		return "updated in-place"
	}
	return verb(a)
}

// changePrinter prints changes to resources.
type changePrinter struct{ styled }

// change prints the change to one resource, in the form of the block that declares
// it.
func (p changePrinter) change(c *document.ResourceChange, schema dsl.Schema, effect string) {
	symbol, color := sign(c.Action)
	p.headline(c.Address+" will be "+willBe(c.Action), effect)
	p.printf("  %s %s {\n", p.paint(color, symbol), blockHead(c))
	rows, hidden := rowsOf(c, schema)
	width := 0
	for _, r := range rows {
		width = max(width, len(r.name))
	}
	for _, r := range rows {
		p.row(c, r, width)
	}
	if hidden > 0 {
		p.printf("        %s\n", p.paint(dim, "# "+hiddenText(hidden, "unchanged attribute", "hidden")))
	}
	p.printf("    }\n\n")
}

func blockHead(c *document.ResourceChange) string {
	if c.Name == "" {
		return c.Kind
	}
	return c.Kind + " \"" + printable(c.Name) + "\""
}

// row is an attribute that is shown.
type row struct {
	name string
	diff *document.Difference // nil: it does not change, or is not compared
}

// rowsOf returns the attributes to show, in the schema's order: those that change,
// those that identify the thing, and those that say where new content comes from.
// It also returns the number of unchanged attributes that are hidden.
func rowsOf(c *document.ResourceChange, schema dsl.Schema) (rows []row, hidden int) {
	diffs := map[string]*document.Difference{}
	for i := range c.Differences {
		diffs[c.Differences[i].Attribute] = &c.Differences[i]
	}
	for _, a := range schema {
		switch {
		case diffs[a.Name] != nil:
			rows = append(rows, row{a.Name, diffs[a.Name]})
			delete(diffs, a.Name)
		case c.Action == providers.Delete, !slices.Contains(c.Wanted, a.Name):
		case a.Key, a.Hint && !a.Computed:
			rows = append(rows, row{name: a.Name})
		case !a.Hint:
			hidden++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(diffs)) { // of a kind that this version does not have
		rows = append(rows, row{name, diffs[name]})
	}
	return rows, hidden
}

func schemaOf(kinds dsl.Kinds, c *document.ResourceChange) dsl.Schema {
	if k := kinds.Kind(c.Kind); k != nil {
		return k.Schema
	}
	return nil
}

// row prints one attribute of a resource.
func (p changePrinter) row(c *document.ResourceChange, r row, width int) {
	const indent = "        "
	symbol, color := sign(c.Action)
	if r.diff == nil && c.Action == providers.Update {
		symbol = " "
	}
	lead := fmt.Sprintf("      %s %-*s = ", p.paint(color, symbol), width, r.name)
	switch {
	case r.diff != nil && r.diff.Sensitive, slices.Contains(c.AfterSensitive, r.name):
		p.printf("%s%s\n", lead, sensitiveValue)
	case r.diff == nil:
		p.printf("%s%s\n", lead, value(c.After.GetAttr(r.name), indent))
	case c.Action == providers.Delete:
		p.printf("%s%s\n", lead, value(r.diff.Before.Value, indent))
	case c.Action == providers.Create:
		p.printf("%s%s\n", lead, value(r.diff.After.Value, indent))
	default:
		p.printf("%s%s\n", lead, p.update(r.diff.Before.Value, r.diff.After.Value, indent))
	}
}

// update returns how a value changes: the changed lines of texts and collections,
// the changed attributes of objects.
func (p changePrinter) update(have, want cty.Value, indent string) string {
	switch {
	case isText(want) && isText(have) && lines(want.AsString()) != lines(have.AsString()):
		return "<<EOT\n" + p.changedLines(lines(have.AsString()), lines(want.AsString()), indent) + indent + "EOT"
	case hasElements(want) && hasElements(have) && elements(want) != elements(have):
		begin, end := "[", "]"
		if want.Type().IsMapType() {
			begin, end = "{", "}"
		}
		return begin + "\n" + p.changedLines(elements(have), elements(want), indent) + indent + end
	case isObject(have) && isObject(want):
		return p.updateObject(have, want, indent)
	}
	return value(have, indent) + " " + p.paint(dim, "->") + " " + value(want, indent)
}

// hasElements tells whether a value is a collection that is not empty.
func hasElements(v cty.Value) bool {
	return v.IsKnown() && !v.IsNull() && (isSequence(v.Type()) || v.Type().IsMapType()) && v.LengthInt() > 0
}

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

// changedLines returns the lines that differ between two texts, with context, in
// the form of a plan.
func (p changePrinter) changedLines(before, after, indent string) string {
	text := string(diff.Diff("", []byte(before), "", []byte(after)))
	_, text, _ = strings.Cut(text, "@@") // the file names before the first hunk
	var out []string
	for i, line := range strings.Split(strings.TrimSuffix("@@"+text, "\n"), "\n") {
		switch line[0] {
		case '@':
			if i > 0 {
				out = append(out, "  …")
			}
		case '+':
			out = append(out, p.paint(green, "+")+" "+line[1:])
		case '-':
			out = append(out, p.paint(red, "-")+" "+line[1:])
		default:
			out = append(out, "  "+line[1:])
		}
	}
	const most = 4 * shownLines
	if len(out) > most+1 {
		out = append(out[:most], "  # "+hiddenText(len(out)-most, "more line", "hidden"))
	}
	return indent + "  " + strings.Join(out, "\n"+indent+"  ") + "\n"
}

// hiddenText returns "(3 unchanged attributes hidden)".
func hiddenText(n int, noun, rest string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("(%d %s %s)", n, noun, rest)
}
