package hosts

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
)

// text is the content of the file: its lines with their ends, unchanged.
type text struct {
	mark  string // byte order mark
	lines []string
}

const blank = " \t\r\n\v\f"

var errUTF16 = errors.New("is in UTF-16, which Windows does not read there; convert it to ANSI or UTF-8")

func parse(data []byte) (text, error) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return text{}, errUTF16
	}
	var t text
	rest := string(data)
	if after, ok := strings.CutPrefix(rest, "\ufeff"); ok {
		t.mark, rest = "\ufeff", after
	}
	for line := range strings.Lines(rest) {
		t.lines = append(t.lines, line)
	}
	return t, nil
}

func (t text) String() string { return t.mark + strings.Join(t.lines, "") }

// entry is what a line says.
type entry struct {
	address string
	names   []span
	comment string
}

// span is where in a line a name is, with the blanks before it.
type span struct {
	name       string
	start, end int
}

// entryOf parses a line; one without names has no entry. The head of the file in
// Windows describes the form: the address, blanks, the names, and a comment from #
// to the end of the line.
func entryOf(line string) entry {
	var e entry
	body, comment, _ := strings.Cut(line, "#")
	e.comment = strings.Trim(comment, blank)
	for at := 0; ; {
		word := strings.TrimLeft(body[at:], blank)
		if word == "" {
			return e
		}
		if i := strings.IndexAny(word, blank); i >= 0 {
			word = word[:i]
		}
		end := at + strings.Index(body[at:], word) + len(word)
		if e.address == "" {
			e.address = canonical(word)
		} else {
			e.names = append(e.names, span{word, at, end})
		}
		at = end
	}
}

// canonical returns the canonical form of an address; an invalid one stays as it
// is.
func canonical(address string) string {
	if a, err := netip.ParseAddr(address); err == nil {
		return a.String()
	}
	return address
}

func (e entry) has(name string) bool {
	for _, s := range e.names {
		if strings.EqualFold(s.name, name) {
			return true
		}
	}
	return false
}

// find returns the entry for a name, or nil. If there are several, it returns the
// first whose address is not the wanted one.
func (t text) find(name, wanted string) *host {
	var found *host
	for _, line := range t.lines {
		e := entryOf(line)
		switch {
		case !e.has(name):
		case found == nil:
			found = e.host(name)
		case *found.Address == wanted:
			found.Address = e.host(name).Address
		}
	}
	return found
}

// says reports whether the file has exactly the wanted entry for a name.
func (t text) says(h host) bool {
	found := t.find(h.Hostname, *h.Address)
	return found != nil && *found.Address == *h.Address && (h.Comment == nil || *found.Comment == *h.Comment)
}

func (e entry) host(name string) *host {
	h := &host{Hostname: valid(name)}
	address, comment := valid(e.address), valid(e.comment)
	h.Address, h.Comment = &address, &comment
	return h
}

// valid replaces bytes that no string in a plan can contain.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// remove removes a name from all lines, and lines that have no name then. It
// returns the index of the first such line, and its comment if the line was
// removed.
func (t *text) remove(name string) (at int, gone bool, comment string) {
	at = -1
	var kept []string
	for _, line := range t.lines {
		e := entryOf(line)
		if !e.has(name) {
			kept = append(kept, line)
			continue
		}
		rest := e.without(line, name)
		if at < 0 {
			at, gone = len(kept), rest == ""
			if gone {
				comment = e.comment
			}
		}
		if rest != "" {
			kept = append(kept, rest)
		}
	}
	t.lines = kept
	return at, gone, comment
}

// without returns the line with the name taken out, or nothing if it was the
// only one.
func (e entry) without(line, name string) string {
	var b strings.Builder
	from, left := 0, 0
	for _, s := range e.names {
		if !strings.EqualFold(s.name, name) {
			left++
			continue
		}
		b.WriteString(line[from:s.start])
		from = s.end
	}
	if left == 0 {
		return ""
	}
	b.WriteString(line[from:])
	return b.String()
}

// set gives the name its own line: in place of the first line for it alone, else
// after the first line with it, else at the end.
func (t *text) set(h host) {
	end := t.lineEnd()
	at, gone, comment := t.remove(h.Hostname)
	switch {
	case at < 0:
		at = len(t.lines)
	case !gone:
		at++
	}
	if h.Comment != nil {
		comment = *h.Comment
	}
	line := *h.Address + " " + h.Hostname
	if comment != "" {
		line += " # " + comment
	}
	if at > 0 && !strings.HasSuffix(t.lines[at-1], "\n") {
		t.lines[at-1] += end
	}
	t.lines = append(t.lines[:at:at], append([]string{line + end}, t.lines[at:]...)...)
}

// lineEnd returns how lines of the file end.
func (t text) lineEnd() string {
	if len(t.lines) > 0 && strings.HasSuffix(t.lines[0], "\n") && !strings.HasSuffix(t.lines[0], "\r\n") {
		return "\n"
	}
	return "\r\n"
}
