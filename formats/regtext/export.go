package regtext

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// Format is a generation of the .reg format.
type Format int

// The formats to write.
const (
	Unicode Format = iota // version 5.00, UTF-16LE with a byte order mark
	ANSI                  // REGEDIT4, code page 1252
)

// Export writes a key with all below it as regedit does, under the path that
// the key is to have; with an empty path it is the root, [\]. Whatever the format can't hold is an [ErrUnrepresentable],
// damage of the hive its error.
func Export(k *hive.Key, path string, format Format) ([]byte, error) {
	x := &exporter{ansi: format == ANSI}
	header := Header5
	if x.ansi {
		header = Header4
	}
	x.line(header)
	x.line("")
	if err := x.key(k, strings.Trim(path, `\`)); err != nil {
		return nil, err
	}
	if x.ansi {
		data, ok := encodeANSI(x.text.String())
		if !ok {
			return nil, fmt.Errorf("%w in code page 1252: %q", ErrUnrepresentable, path)
		}
		return data, nil
	}
	return append([]byte{0xff, 0xfe}, nt.AppendUTF16(nil, x.text.String())...), nil
}

type exporter struct {
	text bytes.Buffer
	ansi bool
}

func (x *exporter) line(parts ...string) {
	for _, s := range parts {
		x.text.WriteString(s)
	}
	x.text.WriteString("\r\n")
}

// writable refuses text that a .reg file of the format can't hold in a name.
func (x *exporter) writable(s string) bool {
	if strings.ContainsAny(s, "\x00\r\n") {
		return false
	}
	_, ok := encodeANSI(s)
	return ok || !x.ansi
}

func (x *exporter) key(k *hive.Key, path string) error {
	if !x.writable(path) {
		return fmt.Errorf("key %q %w: characters of its name", path, ErrUnrepresentable)
	}
	x.line("[", cmp.Or(path, `\`), "]")
	values, err := k.Values()
	if err != nil {
		return err
	}
	for i := range values {
		if err := x.value(&values[i]); err != nil {
			return fmt.Errorf("key %q: value %q %w", path, values[i].Name, err)
		}
	}
	x.line("")
	subkeys, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, sub := range subkeys {
		if err := x.key(sub, path+`\`+sub.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) value(v *hive.Value) error {
	if !x.writable(v.Name) {
		return fmt.Errorf("%w: characters of its name", ErrUnrepresentable)
	}
	start := "@="
	if v.Name != "" {
		start = quote(v.Name) + "="
	}
	if s, ok := x.plain(v); ok {
		x.line(start, quote(s))
		return nil
	}
	if v.Type == hive.RegDword && len(v.Data) == 4 {
		n, _ := v.Uint32()
		x.line(start, fmt.Sprintf("dword:%08x", n))
		return nil
	}
	data := v.Data
	if x.ansi && isText(v.Type) {
		var ok bool
		if data, ok = encodeANSI(nt.DecodeUTF16(data)); !ok || len(v.Data)%2 != 0 {
			return fmt.Errorf("%w: its text is not in code page 1252", ErrUnrepresentable)
		}
	}
	if v.Type == hive.RegBinary {
		start += "hex:"
	} else {
		start += fmt.Sprintf("hex(%x):", uint32(v.Type))
	}
	x.hex(start, data)
	return nil
}

// plain returns the text of a value that can be written in quotes and comes
// back as exactly the same data.
func (x *exporter) plain(v *hive.Value) (string, bool) {
	s, err := v.Text()
	if err != nil || v.Type != hive.RegSZ || !x.writable(s) || !bytes.Equal(hive.EncodeString(s), v.Data) {
		return "", false
	}
	return s, true
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// lineWidth is where regedit breaks lists of bytes, the backslash included.
const lineWidth = 78

// hex writes a list of bytes, broken into continued lines.
func (x *exporter) hex(start string, data []byte) {
	x.text.WriteString(start)
	width := utf8.RuneCountInString(start)
	for i, c := range data {
		if i > 0 {
			x.text.WriteByte(',')
			width++
			if width+3 >= lineWidth {
				x.text.WriteString("\\\r\n  ")
				width = 2
			}
		}
		fmt.Fprintf(&x.text, "%02x", c)
		width += 2
	}
	x.line("")
}
