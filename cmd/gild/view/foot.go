package view

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// foot is the lines at the bottom of a terminal, which are redrawn again and again.
// The cursor stays at their beginning, so that other output overwrites them.
type foot struct {
	out   styled
	shown int  // columns of the single line, if escape sequences are not wanted
	lines bool // number of lines drawn with escape sequences
}

// room returns the room for the foot: none without a terminal, one row if escape
// sequences are not wanted.
func (f *foot) room() (columns, rows int) {
	if f.out.width == 0 {
		return 0, 0
	}
	columns, rows = int(f.out.width), 24
	if file, ok := f.out.Writer.(*os.File); ok {
		if w, h, err := term.GetSize(int(file.Fd())); err == nil && w > 0 && h > 0 {
			columns, rows = w, h
		}
	}
	if !f.out.color {
		rows = 1
	}
	return columns - 1, max(rows/2, 1) // the last column may begin a new line
}

// clear removes the foot.
func (f *foot) clear() {
	switch {
	case f.lines:
		f.out.printf("\r\x1b[J")
	case f.shown > 0:
		f.out.printf("\r%s\r", strings.Repeat(" ", f.shown))
	}
	f.lines, f.shown = false, 0
}

// draw writes the foot over the last one: with CUU, ED and EL (ECMA-48 §8.3.22, 39,
// 41), or without escape sequences, which are not understood everywhere and not
// wanted with NO_COLOR.
func (f *foot) draw(lines []string) {
	switch {
	case len(lines) == 0:
		f.clear()
	case f.out.color:
		text := "\r" + strings.Join(lines, "\x1b[K\n") + "\x1b[K\x1b[J\r"
		if up := len(lines) - 1; up > 0 {
			text += fmt.Sprintf("\x1b[%dA", up)
		}
		f.out.printf("%s", text)
		f.lines = true
	default:
		text := lines[0]
		n := cells.StringWidth(text)
		f.out.printf("\r%s%s", text, strings.Repeat(" ", max(f.shown-n, 0)))
		f.shown = n
	}
}
