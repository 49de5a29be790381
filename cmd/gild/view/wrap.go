package view

import (
	"fmt"
	"regexp"
	"strings"
)

// sgr is a sequence that sets a colour, which takes no column.
var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func columns(text string) int { return cells.StringWidth(sgr.ReplaceAllString(text, "")) }

// wrap breaks a text into lines of a number of columns, between words only: a word that is
// too long has a line of its own. 0: it is not broken.
func wrap(text string, width int) []string {
	if width <= 0 || columns(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}

// para prints a text in as many lines as it takes: the first one after first, the others
// after rest. Sensitive values go before it is broken, lest they are not found any more.
func (s styled) para(first, rest, format string, args ...any) {
	text := s.withhold(fmt.Sprintf(format, args...))
	width := 0
	if s.width > 0 {
		width = max(int(s.width)-1-max(columns(first), columns(rest)), 1) // the last column may begin a new line
	}
	for i, line := range wrap(text, width) {
		if i > 0 {
			first = rest
		}
		s.printf("%s%s\n", first, line)
	}
}
