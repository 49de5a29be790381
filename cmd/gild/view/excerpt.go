package view

import (
	"bytes"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// longLine is how many bytes of a line of the configuration are shown around the
// subject of a diagnostic.
const longLine = 160

// shortened returns a diagnostic and the files it quotes. Of a very long line only
// an excerpt around the subject is left.
func shortened(d *hcl.Diagnostic, files map[string]*hcl.File) (*hcl.Diagnostic, map[string]*hcl.File) {
	if d.Subject == nil || files[d.Subject.Filename] == nil {
		return d, files
	}
	at, text := *d.Subject, files[d.Subject.Filename].Bytes
	if at.Start.Byte < 0 || at.Start.Byte > len(text) {
		return d, files
	}
	begin := bytes.LastIndexByte(text[:at.Start.Byte], '\n') + 1
	end := len(text)
	if n := bytes.IndexByte(text[at.Start.Byte:], '\n'); n >= 0 {
		end = at.Start.Byte + n
	}
	if end-begin <= longLine {
		return d, files
	}
	line, start, length := excerpt(text[begin:end], at.Start.Byte-begin, min(at.End.Byte, end)-at.Start.Byte)

	at.Start = hcl.Pos{Line: at.Start.Line, Column: 1 + utf8.RuneCount(line[:start]), Byte: begin + start}
	at.End = hcl.Pos{Line: at.Start.Line, Column: at.Start.Column + utf8.RuneCount(line[start:start+length]), Byte: at.Start.Byte + length}
	file := *files[at.Filename]
	file.Bytes = slices.Concat(text[:begin], line, text[end:])
	cut := *d
	cut.Subject, cut.Context, cut.Expression, cut.EvalContext = &at, nil, nil, nil
	files = maps.Clone(files)
	files[at.Filename] = &file
	return &cut, files
}

// excerpt returns the surroundings of a part of a line, with dots for the rest, and
// the position of the part in it.
func excerpt(line []byte, start, length int) (text []byte, from, n int) {
	const dots = "…"
	n = min(max(length, 0), longLine/2)
	first := max(0, start-(longLine-n)/2)
	last := min(len(line), first+longLine)
	for first > 0 && !utf8.RuneStart(line[first]) {
		first--
	}
	for last < len(line) && !utf8.RuneStart(line[last]) {
		last++
	}
	for n > 0 && start+n < len(line) && !utf8.RuneStart(line[start+n]) {
		n++
	}
	text = slices.Clone(line[first:last])
	from = start - first
	if first > 0 {
		text, from = append([]byte(dots), text...), from+len(dots)
	}
	if last < len(line) {
		text = append(text, dots...)
	}
	return text, from, n
}
