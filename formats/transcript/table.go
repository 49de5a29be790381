package transcript

import (
	"strings"
	"unicode/utf8"
)

// table is what /Format:Table prints: a rule, the names of the columns, the rule
// again, and rows up to an empty line.
type table struct {
	widths []int // of the columns, in characters
	names  []string
}

// maxColumns is how many columns a table may have; DISM's have up to 4.
const maxColumns = 64

// tableLine takes a line of a table.
func (p *Parser) tableLine(s string) bool {
	t := &p.table
	switch {
	case ruleLine.MatchString(s) && strings.Count(s, "|") < maxColumns:
		if len(t.names) == 0 {
			p.endRecord()
			for column := range strings.SplitSeq(s, " | ") {
				t.widths = append(t.widths, len(column))
			}
		}
	case len(t.widths) == 0:
		return false
	case len(t.names) == 0:
		t.names = t.cells(s)
	default:
		record := Record{}
		for i, cell := range t.cells(s) {
			record = append(record, Field{Name: t.names[i], Value: cell})
		}
		p.t.Records = append(p.t.Records, record)
	}
	return true
}

// cells takes a row apart by the widths of the columns; where they do not fit,
// as wide characters may have it, by what is between columns.
func (t *table) cells(s string) []string {
	cells := make([]string, len(t.widths))
	rest := s
	for i, width := range t.widths {
		cell, after := cutAt(rest, width)
		if i < len(t.widths)-1 && !strings.HasPrefix(after, " | ") {
			for j, cell := range strings.SplitN(rest, " | ", len(t.widths)-i) {
				cells[i+j] = strings.TrimSpace(cell)
			}
			return cells
		}
		cells[i], rest = strings.TrimSpace(cell), strings.TrimPrefix(after, " | ")
	}
	return cells
}

// cutAt cuts a text after n characters.
func cutAt(s string, n int) (before, after string) {
	end := 0
	for ; n > 0 && end < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return s[:end], s[end:]
}
