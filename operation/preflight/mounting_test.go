package preflight

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

func TestFilterIn(t *testing.T) {
	var texts []byte
	information := make([]byte, 20)
	for i, s := range []string{"Dedup", "180450", `\Device\HarddiskVolume2`, "Dedup"} {
		binary.LittleEndian.PutUint16(information[4+4*i:], uint16(2*len(s)))
		binary.LittleEndian.PutUint16(information[6+4*i:], uint16(len(information)+len(texts)))
		for _, u := range utf16.Encode([]rune(s)) {
			texts = binary.LittleEndian.AppendUint16(texts, u)
		}
	}
	information = append(information, texts...)
	if got := filterIn(information); got != "Dedup" {
		t.Errorf("%q", got)
	}
	for n := range information {
		if got := filterIn(information[:n]); got != "" {
			t.Errorf("of %d bytes: %q", n, got)
		}
	}
}
