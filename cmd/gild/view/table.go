package view

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// cells measures text in columns of a terminal, and cuts and fills it. Characters of
// ambiguous width (UAX #11) take one column, whatever the language of the machine.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// cut shortens a line to a number of columns.
func cut(text string, most int) string { return cells.Truncate(text, most, "…") }

// table lays out rows of cells: each column is as wide as its widest cell. Right are the
// columns with numbers, which are compared by their last digits.
func table(rows [][]string, right ...int) []string {
	wide := map[int]int{}
	for _, row := range rows {
		for i, text := range row {
			wide[i] = max(wide[i], cells.StringWidth(text))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		filled := make([]string, len(row))
		for i, text := range row {
			if slices.Contains(right, i) {
				filled[i] = cells.FillLeft(text, wide[i])
			} else {
				filled[i] = cells.FillRight(text, wide[i])
			}
		}
		lines[n] = strings.TrimRight(strings.Join(filled, "  "), " ")
	}
	return lines
}

// rows prints a table, each line after an indent.
func (s styled) rows(indent string, rows [][]string) {
	for _, line := range table(rows) {
		s.printf("%s%s\n", indent, line)
	}
}

// headed prints a table with a heading. Where it does not fit, each row is a paragraph
// instead: no word is broken.
func (s styled) headed(indent string, rows [][]string, right ...int) {
	lines := table(rows, right...)
	if w := int(s.width); w == 0 || !slices.ContainsFunc(lines, func(line string) bool { return columns(indent+line) >= w }) {
		for i, line := range lines {
			if line = indent + line; i == 0 {
				line = s.paint(bold, line)
			}
			s.printf("%s\n", line)
		}
		return
	}
	for _, row := range rows[1:] {
		var parts []string
		for i, text := range row {
			if i > 0 && text != "" {
				parts = append(parts, rows[0][i]+" "+text)
			}
		}
		s.para(indent, indent+"  ", "%s: %s", s.paint(bold, row[0]), strings.Join(parts, ", "))
	}
}
