package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
)

// Reference returns the part of the reference that says what each setting consists of and what
// defines it, and lists the presets; Markdown.
func (c *Catalogue) Reference() string {
	var b strings.Builder
	b.WriteString("## What the settings consist of\n\n| setting | is | defined by |\n|---|---|---|\n")
	for i := range c.Settings {
		s := &c.Settings[i]
		var lines []string
		for _, m := range c.made(s) {
			lines = append(lines, m.String())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Name, cell(strings.Join(lines, "<br>")), cell(s.Source))
	}
	if len(c.Presets) > 0 {
		c.presets(&b)
	}
	return b.String()
}

// presets writes a table of all presets, with a column for each.
func (c *Catalogue) presets(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Values of %s\n\n", c.PresetAttr)
	head, rule := "| setting |", "|---|"
	for _, p := range c.Presets {
		fmt.Fprintf(b, "* `%s`: %s\n", p.Name, p.Doc)
		head, rule = head+" "+p.Name+" |", rule+"---|"
	}
	fmt.Fprintf(b, "\n%s\n%s\n", head, rule)
	for _, s := range c.Settings {
		row, any := "| `"+s.Name+"` |", false
		for _, p := range c.Presets {
			v, ok := p.Values[s.Name]
			if any = any || ok; ok {
				v = "`" + v + "`"
			}
			row += " " + v + " |"
		}
		if any {
			b.WriteString(row + "\n")
		}
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// made is a place where a setting is kept, and what it holds for the setting's values.
type made struct {
	place string
	by    []named
	all   bool // every value has something there
}

type named struct{ value, data string }

// String returns it as one line; what all values have in common is not repeated.
func (m made) String() string {
	alike := m.all && !slices.ContainsFunc(m.by, func(n named) bool { return n.data != m.by[0].data })
	if alike {
		return m.place + ": " + m.by[0].data
	}
	var texts []string
	for _, n := range m.by {
		texts = append(texts, "`"+n.value+"` "+n.data)
	}
	return m.place + ": " + strings.Join(texts, ", ")
}

// made returns the places of a setting. Numbers and texts are shown as such.
func (c *Catalogue) made(s *Setting) []made {
	var places []made
	add := func(value string, parts []Part, change func(string) string) {
		for _, p := range parts {
			place := p.place()
			i := slices.IndexFunc(places, func(m made) bool { return m.place == place })
			if i < 0 {
				i = len(places)
				places = append(places, made{place: place})
			}
			places[i].by = append(places[i].by, named{value, change(c.data(&p))})
		}
	}
	same := func(text string) string { return text }
	count := 1
	switch {
	case s.Number != nil:
		n := s.Number.Max
		add("", s.Number.Make(n), func(text string) string {
			return strings.Replace(text, strconv.FormatUint(uint64(n), 10), "N", 1)
		})
	case s.Text != nil:
		add("", s.Text.Make("…"), same)
	default:
		count = len(s.Values)
		for _, v := range s.Values {
			add(v.Name, v.Make, same)
		}
	}
	for i := range places {
		places[i].all = len(places[i].by) == count
	}
	return places
}

// place says where a part is, and the type of a registry value that is not the usual one.
func (p *Part) place() string {
	switch of := p.Of.(type) {
	case providers.RegistryValue:
		place := "`" + of.Key + "`, `" + of.Name + "`"
		if of.Type != "" && of.Type != "dword" {
			place += " (" + of.Type + ")"
		}
		return place
	case providers.ServiceStart:
		return "service `" + of.Name + "`"
	}
	return "at the first boot"
}

// data says what the place holds.
func (c *Catalogue) data(p *Part) string {
	switch of := p.Of.(type) {
	case providers.ServiceStart:
		return of.Start
	case providers.RegistryValue:
		switch {
		case p.Absent:
			return "absent"
		case of.Value.Type() != cty.String:
			return of.Value.AsBigFloat().Text('f', -1)
		}
		return "`\"" + of.Value.AsString() + "\"`"
	}
	line := p.Line
	for _, s := range c.Scripts {
		if s.Name == p.Script && s.Prefix != "" {
			line = s.Prefix + " " + line
		}
	}
	return "`" + line + "`"
}
