package view

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner/document"
)

//go:embed plan.html.tmpl
var planPage string

// HTML prints a plan as one self-contained page.
func HTML(s Streams, p *document.Plan, kinds dsl.Kinds) error {
	t, err := template.New("plan").Funcs(template.FuncMap{
		"destination": destination, "from": from, "revised": revised, "lines": diffLines,
		"shown": func(text string) string { return printable(s.Withhold(text)) },
	}).Parse(planPage)
	if err != nil {
		return fmt.Errorf("mistake in gild: the template of plans: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, newPage(s, p, kinds)); err != nil {
		return fmt.Errorf("plan as HTML: %w", err)
	}
	_, err = s.Out.Write(out.Bytes())
	return err
}

// diffLine is a line of a difference, with the class of its colour.
type diffLine struct{ Class, Text string }

func diffLines(diff string) []diffLine {
	classes := map[byte]string{'+': "create", '-': "delete", '!': "update", '#': "note", ' ': "same"}
	var all []diffLine
	for _, line := range strings.Split(strings.TrimSuffix(diff, "\n"), "\n") {
		class := "same"
		if line != "" {
			class = classes[line[0]]
		}
		all = append(all, diffLine{class, line})
	}
	return all
}
