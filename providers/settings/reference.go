package settings

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Reference returns the part of the reference that tells what each setting is
// made of and where that is written, and what is in the presets; Markdown.
func (c *Catalogue) Reference() string {
	var b strings.Builder
	b.WriteString("## What the settings are made of\n\n| setting | value | is | defined by |\n|---|---|---|---|\n")
	for i := range c.Settings {
		s := &c.Settings[i]
		for j, row := range c.rows(s) {
			name, source := "", ""
			if j == 0 {
				name, source = "`"+s.Name+"`", s.Source
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, row[0], cell(row[1]), cell(source))
		}
	}
	for _, p := range c.Presets {
		fmt.Fprintf(&b, "\n## %s %s\n\n%s\n\n| setting | value |\n|---|---|\n", strings.ToUpper(c.PresetAttr[:1])+c.PresetAttr[1:], p.Name, p.Doc)
		for _, s := range c.Settings {
			if v, ok := p.Values[s.Name]; ok {
				fmt.Fprintf(&b, "| `%s` | `%s` |\n", s.Name, v)
			}
		}
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// rows returns the values of a setting, each with what it is made of. Numbers and
// texts are shown by an example.
func (c *Catalogue) rows(s *Setting) [][2]string {
	var rows [][2]string
	for _, v := range s.Values {
		rows = append(rows, [2]string{"`" + v.Name + "`", c.describe(v.Make, nil)})
	}
	switch {
	case s.Number != nil:
		n := s.Number.Max
		rows = append(rows, [2]string{"number N", c.describe(s.Number.Make(n), func(text string) string {
			return replaceNumber(text, strconv.FormatUint(uint64(n), 10), "N")
		})})
	case s.Text != nil:
		rows = append(rows, [2]string{"text", c.describe(s.Text.Make("…"), nil)})
	}
	return rows
}

// replaceNumber replaces a number that is not a part of another one.
func replaceNumber(text, number, by string) string {
	head, tail, found := strings.Cut(text, number)
	if !found {
		return text
	}
	return head + by + tail
}

func (c *Catalogue) describe(parts []Part, change func(string) string) string {
	if len(parts) == 0 {
		return "nothing"
	}
	var texts []string
	for _, p := range parts {
		detail := c.detail(&p)
		if change != nil {
			detail = change(detail)
		}
		texts = append(texts, p.place()+detail)
	}
	return strings.Join(texts, "<br>")
}

func (p *Part) place() string {
	switch {
	case p.Kind == "registry":
		return "`" + p.text("key") + "` `" + p.text("name") + "`"
	case p.Kind == "service":
		return "service `" + p.text("name") + "`"
	case p.Kind != "":
		return p.Kind
	}
	return "at the first start: "
}

func (c *Catalogue) detail(p *Part) string {
	switch {
	case p.Script != "":
		line := p.Line
		for _, s := range c.Scripts {
			if s.Name == p.Script && s.Prefix != "" {
				line = s.Prefix + " " + line
			}
		}
		return "`" + line + "`"
	case p.Absent:
		return " absent"
	case p.Kind == "registry":
		return " = " + show(p.Set["value"]) + " (" + p.text("type") + ")"
	case p.Kind == "service":
		return " `" + p.text("start") + "`"
	}
	return ""
}

func (p *Part) text(attr string) string { return p.Set[attr].AsString() }

func show(v cty.Value) string {
	if v.Type() == cty.String {
		return strconv.Quote(v.AsString())
	}
	return v.AsBigFloat().Text('f', -1)
}
