package driverstore

import (
	"testing"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/image"
)

func TestSameSetting(t *testing.T) {
	text := func(s string) image.Value { return image.Value{Type: hive.RegExpandSZ, Data: hive.EncodeString(s)} }
	number := func(n uint32) image.Value { return image.Value{Type: hive.RegDword, Data: hive.EncodeUint32(n)} }
	for _, c := range []struct {
		a, b image.Value
		same bool
	}{
		{text(`System32\x.sys`), text(`system32\X.SYS`), true},
		{text("Müller"), text("MÜLLER"), true},
		{text("Müller"), text("Möller"), false},
		{text("x"), image.Value{Type: hive.RegExpandSZ, Data: []byte{'x', 0}}, true}, // not closed by a zero
		{number(1), number(1), true},
		{number('A'), number('a'), false},
		{number(0x80), number(0x90), false},
		{text("x"), image.Value{Type: hive.RegSZ, Data: hive.EncodeString("x")}, false},
	} {
		if sameSetting(c.a, c.b) != c.same {
			t.Errorf("%x and %x are the same: %v", c.a.Data, c.b.Data, !c.same)
		}
	}
}
