package regtext

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// Parse reads a .reg file: UTF-16 with a byte order mark, UTF-8 or code page
// 1252, with lines ending in CRLF or LF. Errors are an [ErrSyntax] and name the
// line.
func Parse(data []byte) ([]Op, error) {
	text, ansi, err := decodeText(data)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(text, "\n")
	p := &parser{rest: rest, line: 2, ansi: ansi}
	for p.rest != "" {
		if err := p.statement(); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrSyntax, p.start, err)
		}
	}
	return p.ops, nil
}

// A parser goes through the text after the header.
type parser struct {
	rest  string // what is left of the text
	line  int    // where rest begins
	start int    // where the current statement began
	ansi  bool
	key   string // of the section, empty before the first
	gone  bool   // the section deletes its key
	ops   []Op
}

// statement takes an empty line, a comment, a key or a value.
func (p *parser) statement() error {
	p.blanks()
	p.start = p.line
	switch {
	case p.rest == "" || p.rest[0] == '\n' || p.rest[0] == ';':
		p.takeLine()
		return nil
	case p.rest[0] == '[':
		return p.section(p.takeLine())
	case p.rest[0] == '@' || p.rest[0] == '"':
		return p.value()
	}
	return fmt.Errorf(`%.60q is no key ([…]), value ("name"=… or @=…) or comment (;…)`, p.takeLine())
}

// blanks takes spaces and tabs, and the CR of a line end.
func (p *parser) blanks() { p.rest = strings.TrimLeft(p.rest, " \t\r") }

// takeLine takes the rest of the line and returns it without its end.
func (p *parser) takeLine() string {
	line, rest, found := strings.Cut(p.rest, "\n")
	p.rest = rest
	if found {
		p.line++
	}
	return strings.TrimRight(line, " \t\r")
}

// section begins the key of a line.
func (p *parser) section(line string) error {
	end := closing(line)
	if end < 0 {
		return fmt.Errorf("key %.60q has no closing bracket", line)
	}
	p.key, p.gone = strings.CutPrefix(line[1:end], "-")
	if strings.Trim(p.key, `\`) == "" && p.key != `\` || strings.Contains(p.key, "\x00") {
		return fmt.Errorf("invalid key %.60q", p.key)
	}
	action := CreateKey
	if p.gone {
		action = DeleteKey
	}
	p.ops = append(p.ops, Op{Line: p.start, Action: action, Key: p.key})
	return nil
}

// closing finds the bracket that ends a key: the last one of the line, or one
// before a comment. Names of keys can hold brackets.
func closing(line string) int {
	if strings.HasSuffix(line, "]") {
		return len(line) - 1
	}
	for i := range line {
		if line[i] == ']' && strings.HasPrefix(strings.TrimLeft(line[i+1:], " \t"), ";") {
			return i
		}
	}
	return -1
}

// value takes a value, which belongs to the current key.
func (p *parser) value() error {
	op := Op{Line: p.start, Action: SetValue, Key: p.key}
	if p.rest[0] == '@' {
		p.rest = p.rest[1:]
	} else {
		name, err := p.quoted()
		if err != nil {
			return err
		}
		op.Name = name
	}
	if p.key == "" {
		return fmt.Errorf("value %q comes before any key", op.Name)
	}
	if p.gone {
		return fmt.Errorf("value %q is in a section that deletes its key", op.Name)
	}
	p.blanks()
	if !strings.HasPrefix(p.rest, "=") {
		return fmt.Errorf("value %q has no = after its name", op.Name)
	}
	p.rest = p.rest[1:]
	p.blanks()
	if err := p.data(&op); err != nil {
		return fmt.Errorf("value %q: %w", op.Name, err)
	}
	if tail := p.takeLine(); strings.TrimSpace(tail) != "" && strings.TrimSpace(tail)[0] != ';' {
		return fmt.Errorf("value %q: unexpected %.60q after the data", op.Name, strings.TrimSpace(tail))
	}
	p.ops = append(p.ops, op)
	return nil
}

// data takes what is after the equals sign.
func (p *parser) data(op *Op) error {
	if strings.HasPrefix(p.rest, "-") {
		p.rest = p.rest[1:]
		op.Action = DeleteValue
		return nil
	}
	if strings.HasPrefix(p.rest, `"`) {
		s, err := p.quoted()
		op.Type, op.Data = hive.RegSZ, hive.EncodeString(s)
		return err
	}
	kind, rest, ok := strings.Cut(p.rest, ":")
	if !ok || strings.Contains(kind, "\n") {
		return fmt.Errorf(`data is none of "…", dword:…, hex:…, hex(type):… and -`)
	}
	p.rest = rest
	p.blanks()
	kind = strings.ToLower(strings.TrimSpace(kind))
	if kind == "dword" {
		return p.dword(op)
	}
	t := hive.RegBinary
	if kind != "hex" {
		n, err := typeNumber(kind)
		if err != nil {
			return err
		}
		t = n
	}
	op.Type = t
	if strings.HasPrefix(kind, "str") {
		s, err := p.quoted()
		op.Data = hive.EncodeString(s)
		return err
	}
	var err error
	if op.Data, err = p.bytes(); err == nil && p.ansi && isText(t) {
		op.Data = nt.AppendUTF16(nil, decodeANSI(op.Data))
	}
	return err
}

// typeNumber reads the type in hex(type) or str(type).
func typeNumber(kind string) (hive.ValueType, error) {
	digits, ok := strings.CutSuffix(kind, ")")
	digits, isHex := strings.CutPrefix(digits, "hex(")
	digits, isString := strings.CutPrefix(digits, "str(")
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || !ok || !isHex && !isString {
		return 0, fmt.Errorf("unknown kind of data %.40q", kind)
	}
	return hive.ValueType(n), nil
}

// dword takes the one to eight hexadecimal digits of a number.
func (p *parser) dword(op *Op) error {
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !isHexDigit(r) })
	if end < 0 {
		end = len(p.rest)
	}
	n, err := strconv.ParseUint(p.rest[:end], 16, 32)
	if err != nil {
		return fmt.Errorf("dword: needs 1 to 8 hexadecimal digits, not %.20q", p.rest[:end])
	}
	p.rest = p.rest[end:]
	op.Type, op.Data = hive.RegDword, hive.EncodeUint32(uint32(n))
	return nil
}

func isHexDigit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F'
}
