package sd

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestParseList: lists that drivers have, as Windows has them on record.
func TestParseList(t *testing.T) {
	const header = "0100049000000000000000000000000014000000"
	for text, want := range map[string]string{
		"D:P(A;;GA;;;BA)(A;;GA;;;SY)":                                header + "0200340002000000" + "0000180000000010010200000000000520000000" + "20020000" + "0000140000000010010100000000000512000000",
		" d:p (a;;ga;;;s-1-5-32-544) ( A ; ; 0x10000000 ; ; ; SY ) ": "",
		"D:P(A;;GA;;;WD)":                                            header + "02001c0001000000" + "0000140000000010010100000000000100000000",
		"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x12019f;;;BU)":              header + "02004c0003000000" + "00001400ff011f00010100000000000512000000" + "00001800ff011f0001020000000000052000000020020000" + "000018009f01120001020000000000052000000021020000",
		"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)":                header + "0200480003000000" + "0000140000000010010100000000000512000000" + "00001800000000e001020000000000052000000020020000" + "0000140000000080010100000000000100000000",
		"D:P(A;;GA;;;AU)(A;;GA;;;AC)(A;;GA;;;S-1-15-3-9)":            header + "02004c0003000000" + "000014000000001001010000000000050b000000" + "0000180000000010010200000000000f0200000001000000" + "0000180000000010010200000000000f0300000009000000",
		"D:P(A;;GA;;;BA)(A;;GA;;;SY)(A;;GA;;;UD)":                    header + "02005c0003000000" + "00001800000000100102000000000005200000002002000000001400000000100101000000000005120000000000280000000010010600000000000554000000" + strings.Repeat("00", 20),
		"D:(D;OICI;GX;;;BG)":                                         "0100048000000000000000000000000014000000" + "0200200001000000" + "0103180000000020010200000000000520000000" + "22020000",
		"D:P":                                                        header + "0200080000000000",
		"D:P(A;;GA;;;S-1-281474976710655-1)":                         header + "02001c0001000000" + "00001400000000100101ffffffffffff01000000",
	} {
		d, err := ParseList(text)
		if want == "" {
			if !errors.Is(err, ErrText) { // spaces stand where none may
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if b, err := d.Bytes(); err != nil || fmt.Sprintf("%x", b) != want {
			t.Errorf("%s: %x, %v, want %s", text, b, err, want)
		}
	}
}

func TestParseListErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                          "must begin with D:",
		"O:BAD:(A;;GA;;;SY)":                        "must begin with D:",
		"D:P(A;;GA;;;SY)S:(AU;;GA;;;WD)":            `"S:(AU;;GA;;;WD)" is no entry`,
		"D:AI(A;;GA;;;SY)":                          `"AI(A;;GA;;;SY)" is no entry`,
		"D:P(A;;GA;;;SY":                            "is no entry",
		"D:P(OA;;GA;;;SY)":                          `type "OA"`,
		"D:P(A;ID;GA;;;SY)":                         `"ID"`,
		"D:P(A;;GAX;;;SY)":                          `"X"`,
		"D:P(A;;0x1ffffffff;;;SY)":                  "rights",
		"D:P(A;;GA;;;DA)":                           `account "DA"`,
		"D:P(A;;GA;;;S-1-5-x)":                      `account "S-1-5-X"`,
		"D:P(A;;GA;;;S-1-5-4294967296)":             "account",
		"D:P(A;;GA;;;S-1-281474976710656-1)":        "account",
		"D:P(A;;GA;{x};;SY)":                        "is not type;flags;rights;;;account",
		"D:P(XA;;GA;;;SY;(a))":                      "is not type;flags;rights;;;account",
		"D:" + strings.Repeat("(A;;GA;;;SY)", 4000): "65,535 are possible",
	} {
		if _, err := ParseList(text); !errors.Is(err, ErrText) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
}

// FuzzParseList: what is read is written, and read again as the same.
func FuzzParseList(f *testing.F) {
	for _, text := range []string{"D:P(A;;GA;;;SY)", "D:(D;OICINPIO;0x1;;;S-1-5-32-544)", "D:P(A;;", "D:(", "D:)"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseList(text)
		if err != nil {
			return
		}
		b, err := d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(b); err != nil || len(again.DACL.ACEs) != len(d.DACL.ACEs) {
			t.Errorf("%q is %x, read as %+v, %v", text, b, again, err)
		}
	})
}
