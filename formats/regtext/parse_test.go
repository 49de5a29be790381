package regtext

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

const sample = Header5 + `

; a comment
[HKEY_LOCAL_MACHINE\SOFTWARE\Größe]
@="default"
"text"="C:\\Windows \"quoted\""  ; another
"empty"=""
"dword"=dword:1F
"binary"=hex:01,02, \
  a,FF
"none"=hex(0):
"expand"=hex(2):25,00,41,00,25,00,00,00
 "odd" = hex(ffff0012):01
"qword"=hex(b):01,00,00,00,00,00,00,80
"two
lines"="first
second"
"gone"=-
@=-
"wine"=str(2):"%A%"

[-HKEY_LOCAL_MACHINE\SOFTWARE\Old [x]]
[HKEY_LOCAL_MACHINE\SOFTWARE\a]b] ; comment
`

func sampleOps() []Op {
	const key = `HKEY_LOCAL_MACHINE\SOFTWARE\Größe`
	set := func(line int, name string, t hive.ValueType, data []byte) Op {
		return Op{Line: line, Action: SetValue, Key: key, Name: name, Type: t, Data: data}
	}
	return []Op{
		{Line: 4, Action: CreateKey, Key: key},
		set(5, "", hive.RegSZ, hive.EncodeString("default")),
		set(6, "text", hive.RegSZ, hive.EncodeString(`C:\Windows "quoted"`)),
		set(7, "empty", hive.RegSZ, hive.EncodeString("")),
		set(8, "dword", hive.RegDword, hive.EncodeUint32(0x1f)),
		set(9, "binary", hive.RegBinary, []byte{1, 2, 10, 255}),
		set(11, "none", hive.RegNone, []byte{}),
		set(12, "expand", hive.RegExpandSZ, hive.EncodeString("%A%")),
		set(13, "odd", 0xffff0012, []byte{1}),
		set(14, "qword", hive.RegQword, hive.EncodeUint64(1<<63|1)),
		set(15, "two\nlines", hive.RegSZ, hive.EncodeString("first\nsecond")),
		{Line: 18, Action: DeleteValue, Key: key, Name: "gone"},
		{Line: 19, Action: DeleteValue, Key: key},
		set(20, "wine", hive.RegExpandSZ, hive.EncodeString("%A%")),
		{Line: 22, Action: DeleteKey, Key: `HKEY_LOCAL_MACHINE\SOFTWARE\Old [x]`},
		{Line: 23, Action: CreateKey, Key: `HKEY_LOCAL_MACHINE\SOFTWARE\a]b`},
	}
}

func TestParseEncodings(t *testing.T) {
	utf16 := append([]byte{0xff, 0xfe}, nt.AppendUTF16(nil, sample)...)
	for name, data := range map[string][]byte{
		"UTF-8":          []byte(sample),
		"UTF-8 with BOM": []byte("\xef\xbb\xbf" + sample),
		"UTF-16LE":       utf16,
		"UTF-16BE":       swapped(utf16),
		"1252":           bytes.ReplaceAll(bytes.ReplaceAll([]byte(sample), []byte("ö"), []byte{0xf6}), []byte("ß"), []byte{0xdf}),
	} {
		ops, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if want := sampleOps(); !reflect.DeepEqual(ops, want) {
			t.Errorf("%s:\n%v\n%v", name, ops, want)
		}
	}
}

func TestParseCRLF(t *testing.T) {
	ops, err := Parse([]byte(strings.ReplaceAll(sample, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	want := sampleOps()
	want[10].Name, want[10].Data = "two\r\nlines", hive.EncodeString("first\r\nsecond")
	if !reflect.DeepEqual(ops, want) {
		t.Errorf("%v", ops)
	}
}

// TestParseANSI: REGEDIT4 has the strings of lists in the ANSI code page.
func TestParseANSI(t *testing.T) {
	ops, err := Parse([]byte(Header4 + "\r\n[K\x80]\r\n\"a\"=\"\xe4\"\r\n\"b\"=hex(2):80,00\r\n\"c\"=hex:80,00\r\n\"d\"=hex(7):61,00,62,00,00"))
	if err != nil {
		t.Fatal(err)
	}
	list, _ := hive.EncodeMultiString([]string{"a", "b"})
	want := []Op{
		{Line: 2, Action: CreateKey, Key: "K€"},
		{Line: 3, Action: SetValue, Key: "K€", Name: "a", Type: hive.RegSZ, Data: hive.EncodeString("ä")},
		{Line: 4, Action: SetValue, Key: "K€", Name: "b", Type: hive.RegExpandSZ, Data: hive.EncodeString("€")},
		{Line: 5, Action: SetValue, Key: "K€", Name: "c", Type: hive.RegBinary, Data: []byte{0x80, 0}},
		{Line: 6, Action: SetValue, Key: "K€", Name: "d", Type: hive.RegMultiSZ, Data: list},
	}
	if !reflect.DeepEqual(ops, want) {
		t.Errorf("%v", ops)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "line 1 is",
		"[K]":                           "line 1 is",
		"Windows Registry Editor":       "line 1 is",
		"\n[K":                          "line 3: key \"[K\" has no closing bracket",
		"\n[K] x":                       "line 3: key",
		"\n[]":                          "line 3: invalid key",
		"\n[-]":                         "line 3: invalid key",
		"\n\"a\"=\"b\"":                 "line 3: value \"a\" comes before any key",
		"\n[-K]\n\"a\"=\"b\"":           "line 4: value \"a\" is in a section that deletes",
		"\n[K]\nfoo":                    "line 4: \"foo\" is no key",
		"\n[K]\n\"a\"":                  "line 4: value \"a\" has no =",
		"\n[K]\n\"a\"=":                 "line 4: value \"a\": data is none of",
		"\n[K]\n\"a\"=b":                "line 4: value \"a\": data is none of",
		"\n[K]\n\"a\"=qword:1":          "line 4: value \"a\": unknown kind of data \"qword\"",
		"\n[K]\n\"a\"=hex(x):1":         "line 4: value \"a\": unknown kind",
		"\n[K]\n\"a\"=hex(2:1":          "line 4: value \"a\": unknown kind",
		"\n[K]\n\"a\"=hex(100000000):1": "unknown kind",
		"\n[K]\n\"a\"=dword:":           "1 to 8 hexadecimal digits",
		"\n[K]\n\"a\"=dword:123456789":  "1 to 8 hexadecimal digits",
		"\n[K]\n\"a\"=dword:1 2":        "unexpected \"2\" after the data",
		"\n[K]\n\"a\"=hex:1,100":        "byte 2 of the list is \"100\"",
		"\n[K]\n\"a\"=hex:1,":           "byte 2 of the list is \"\"",
		"\n[K]\n\"a\"=hex:1,,2":         "byte 2 of the list is \"\"",
		"\n[K]\n\"a\"=hex:1,\\ 2":       "after the backslash",
		"\n[K]\n\"a\"=\"b":              "line 4: value \"a\": a string has no closing quote",
		"\n[K]\n\"a\n\nb":               "line 4: a string has no closing quote",
		"\n[K]\n\"a\"=\"C:\\Temp\"":     "line 4: value \"a\": a string holds a single backslash",
		"\n[K]\n\"a\"=\"b\x00\"":        "holds a NUL",
		"\n[K]\n\"a\"=\"b\"\n\n\"c\"=\"x\ny\"\n!": "line 8: \"!\" is no key",
		"\n[K]\n\"a\"=- x":                        "unexpected \"x\"",
	} {
		data := []byte(text)
		if strings.HasPrefix(text, "\n") {
			data = []byte(Header5 + "\n" + text)
		}
		_, err := Parse(data)
		if !errors.Is(err, ErrSyntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
