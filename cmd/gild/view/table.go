package view

import "strings"

// column is one of a table.
type column struct {
	title string
	right bool // numbers, which are compared by their last digits
}

// table lays out rows of cells: each column is as wide as its widest cell, but for the
// last, which takes what there is.
func table(head []column, rows [][]string) []string {
	wide := make([]int, len(head))
	titles := make([]string, len(head))
	for i, c := range head {
		titles[i] = c.title
		wide[i] = columns(c.title)
		for _, row := range rows {
			wide[i] = max(wide[i], columns(row[i]))
		}
	}
	var lines []string
	for _, row := range append([][]string{titles}, rows...) {
		var text strings.Builder
		for i, cell := range row {
			text.WriteString("  ")
			if fill := strings.Repeat(" ", wide[i]-columns(cell)); head[i].right {
				text.WriteString(fill + cell)
			} else {
				text.WriteString(cell + fill)
			}
		}
		lines = append(lines, strings.TrimRight(text.String(), " "))
	}
	return lines
}
