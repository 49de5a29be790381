package regtext

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// quoted takes a string in quotes, which may go over several lines. Backslash
// and quote are written with a backslash before them; regedit knows no other
// escapes.
func (p *parser) quoted() (string, error) {
	if !strings.HasPrefix(p.rest, `"`) {
		return "", fmt.Errorf("a string in quotes is missing")
	}
	var b strings.Builder
	s := p.rest[1:]
	for {
		i := strings.IndexAny(s, "\"\\\x00")
		if i < 0 {
			return "", errors.New("a string has no closing quote")
		}
		b.WriteString(s[:i])
		switch {
		case s[i] == '"':
			p.line += strings.Count(b.String(), "\n")
			p.rest = s[i+1:]
			return b.String(), nil
		case s[i] == 0:
			return "", errors.New("a string holds a NUL; use hex(1): for such data")
		case i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '"'):
			b.WriteByte(s[i+1])
			s = s[i+2:]
		default:
			return "", errors.New(`a string holds a single backslash; write it as \\`)
		}
	}
}

// bytes takes a list of two-digit bytes, separated by commas, which a backslash
// at the end of a line continues on the next.
func (p *parser) bytes() ([]byte, error) {
	data := []byte{}
	for needed := false; ; {
		if err := p.continuation(); err != nil {
			return nil, err
		}
		end := 0
		for end < len(p.rest) && isHexDigit(rune(p.rest[end])) {
			end++
		}
		if end == 0 && !needed {
			return data, nil
		}
		n, err := strconv.ParseUint(p.rest[:end], 16, 8)
		if err != nil {
			return nil, fmt.Errorf("byte %d of the list is %.20q instead of two hexadecimal digits", len(data)+1, p.rest[:end])
		}
		data = append(data, byte(n))
		p.rest = p.rest[end:]
		if err := p.continuation(); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(p.rest, ",") {
			return data, nil
		}
		p.rest = p.rest[1:]
		needed = true
	}
}

// continuation takes blanks and the ends of continued lines.
func (p *parser) continuation() error {
	for {
		p.blanks()
		if !strings.HasPrefix(p.rest, `\`) {
			return nil
		}
		p.rest = p.rest[1:]
		if tail := p.takeLine(); strings.TrimSpace(tail) != "" {
			return fmt.Errorf("unexpected %.40q after the backslash that continues the line", strings.TrimSpace(tail))
		}
	}
}
