package inf

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

func encodeUTF16(text string, order binary.AppendByteOrder) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

func TestEncodings(t *testing.T) {
	const text = "[Strings]\r\na = \"Gerät™ 1\"\r\n"
	le, be := encodeUTF16(text, binary.LittleEndian), encodeUTF16(text, binary.BigEndian)
	tests := []struct {
		name, data string
		want       Encoding
	}{
		{"UTF-16LE", "\xff\xfe" + le, UTF16LE},
		{"UTF-16BE", "\xfe\xff" + be, UTF16BE},
		{"UTF-16LE without mark", le, UTF16LE},
		{"UTF-16BE without mark", be, UTF16BE},
		{"UTF-8", "\xef\xbb\xbf" + text, UTF8},
		{"ANSI", "[Strings]\r\na = \"Ger\xe4t\x99 1\"\r\n", ANSI},
		{"trailing NULs", "[Strings]\na=Ger\xe4t\x99 1\n\x00\x00", ANSI},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := mustParse(t, test.data)
			if f.Encoding != test.want {
				t.Errorf("encoding %s, want %s", f.Encoding, test.want)
			}
			if got, _ := f.String("A"); got != "Gerät™ 1" {
				t.Errorf("string %q", got)
			}
		})
	}
}

func TestUTF8WithoutMark(t *testing.T) {
	f := mustParse(t, "[Strings]\na = Gerät\n")
	if got, _ := f.String("a"); got != "GerÃ¤t" {
		t.Errorf("string %q is not what Windows reads", got)
	}
	wantProblem(t, f.Problems, Encoded, "UTF-8 without a byte order mark")
}
