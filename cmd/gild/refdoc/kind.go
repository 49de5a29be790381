package refdoc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

func kindPage(p *providers.Provider, example string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s%s\n\n## Example\n\n```hcl\n%s\n```\n", p.Kind, generated, strings.TrimSpace(p.Doc), strings.TrimSpace(example))
	b.WriteString("\n## Arguments\n\n")
	table(&b, p.Schema, false)
	b.WriteString("\nEvery resource also has `ensure`, `depends_on` and `for_each`: see the [language](../../language.md).\n")
	if hasComputed(p.Schema) {
		b.WriteString("\n## Found out by gild\n\nThese can't be set; plans and `gild inspect -json` show them.\n\n")
		table(&b, p.Schema, true)
	}
	for _, a := range p.Schema {
		if a.Nested != nil {
			fmt.Fprintf(&b, "\n## Block %s\n\n", a.Name)
			table(&b, a.Nested, false)
		}
	}
	if p.Appendix != nil {
		b.WriteString("\n" + p.Appendix())
	}
	b.WriteString("\n## How it is done\n\n")
	if p.Expand != nil {
		b.WriteString("By the resources it expands to, each in its own way.\n")
	}
	if len(p.Ways) == 0 {
		return b.String()
	}
	if p.Expand != nil {
		b.WriteString("\n")
	}
	b.WriteString("| [way](../../glossary.md#what-plan-finds) | takes effect | needs of the backend |\n|---|---|---|\n")
	for _, w := range p.Ways {
		needs := make([]string, len(w.Needs))
		for i, c := range w.Needs {
			needs[i] = string(c)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(w.Name), cell(w.Effect.Text), cell(strings.Join(needs, ", ")))
	}
	return b.String()
}

func hasComputed(s dsl.Schema) bool {
	for _, a := range s {
		if a.Computed {
			return true
		}
	}
	return false
}

// table writes the attributes that are computed, or those that are not.
func table(b *strings.Builder, s dsl.Schema, computed bool) {
	b.WriteString("| name | type | | meaning |\n|---|---|---|---|\n")
	for _, a := range s {
		if a.Computed == computed {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", a.Name, cell(typeName(a)), strings.Join(traits(a), ", "), cell(a.Doc)+values(a)+initial(a))
		}
	}
}

func typeName(a dsl.Attr) string {
	switch {
	case a.Nested != nil:
		return "block, repeatable"
	case a.Type == cty.DynamicPseudoType:
		return "any"
	}
	return friendly(a.Type)
}

// friendly returns a type as it is written in a variable's declaration.
func friendly(t cty.Type) string {
	switch {
	case t.IsListType():
		return "list(" + friendly(t.ElementType()) + ")"
	case t.IsSetType():
		return "set(" + friendly(t.ElementType()) + ")"
	case t.IsMapType():
		return "map(" + friendly(t.ElementType()) + ")"
	case t == cty.Bool:
		return "bool"
	}
	return t.FriendlyName()
}

// traits are the properties of an attribute, apart from its meaning.
func traits(a dsl.Attr) []string {
	var out []string
	for _, t := range []struct {
		is   bool
		name string
	}{
		{a.Required, "required"}, {a.Key, "identifies"}, {a.Fold, "case does not matter"},
		{a.Hint, "not compared"}, {a.Sensitive, "sensitive"},
	} {
		if t.is {
			out = append(out, t.name)
		}
	}
	return out
}

// values returns the values an attribute can have, unless its text names them.
func values(a dsl.Attr) string {
	if !slices.ContainsFunc(a.Values, func(v string) bool { return !strings.Contains(a.Doc, "`"+v+"`") }) {
		return ""
	}
	return " One of `" + strings.Join(a.Values, "`, `") + "`."
}

func initial(a dsl.Attr) string {
	if a.Default == cty.NilVal || a.Default.IsNull() {
		return ""
	}
	switch a.Default.Type() {
	case cty.String:
		return fmt.Sprintf(" Default: `%q`.", a.Default.AsString())
	case cty.Bool:
		return fmt.Sprintf(" Default: `%t`.", a.Default.True())
	case cty.Number:
		return fmt.Sprintf(" Default: `%s`.", a.Default.AsBigFloat().Text('f', -1))
	}
	return ""
}
