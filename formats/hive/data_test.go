package hive

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for want, data := range map[string][]byte{
		"":    nil,
		"ab":  {'a', 0, 'b', 0, 0, 0},
		"abc": {'a', 0, 'b', 0, 'c', 0},                       // no NUL
		"cut": []byte("c\x00u\x00t\x00\x00\x00x\x00\x00\x00"), // more after the NUL
		"odd": []byte("o\x00d\x00d\x00\x00"),                  // half a NUL
		"é日😀": EncodeString("é日😀"),
	} {
		for _, typ := range []ValueType{RegSZ, RegExpandSZ, RegLink} {
			if got, err := (Value{Type: typ, Data: data}).Text(); got != want || err != nil {
				t.Errorf("text of %x is %q, %v", data, got, err)
			}
		}
	}
	if _, err := (Value{Type: RegBinary}).Text(); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

func TestMultiText(t *testing.T) {
	for _, list := range [][]string{{}, {"a"}, {"a", "bc", "é"}} {
		data := must(EncodeMultiString(list))(t)
		for _, tail := range [][]byte{nil, {'x', 0, 0, 0}} {
			v := Value{Type: RegMultiSZ, Data: append(slices.Clone(data), tail...)}
			if got := must(v.MultiText())(t); !slices.Equal(got, list) {
				t.Errorf("list of %x is %q", v.Data, got)
			}
		}
		bare := bytes.TrimRight(data, "\x00")
		if len(list) > 1 {
			if got := DecodeMultiString(append(bare, 0)); !slices.Equal(got, list) {
				t.Errorf("list without NULs is %q", got)
			}
		}
	}
	for _, list := range [][]string{{""}, {"a", ""}, {"a\x00b"}} {
		if _, err := EncodeMultiString(list); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", list, err)
		}
	}
	if _, err := (Value{Type: RegSZ}).MultiText(); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct {
		v    Value
		want uint32
	}{
		{Value{Type: RegDword, Data: EncodeUint32(0x80000001)}, 0x80000001},
		{Value{Type: RegDwordBigEndian, Data: []byte{1, 2, 3, 4}}, 0x01020304},
	} {
		if got := must(test.v.Uint32())(t); got != test.want {
			t.Errorf("%v is %#x", test.v, got)
		}
	}
	for _, v := range []Value{{Type: RegDword, Data: []byte{1}}, {Type: RegQword, Data: []byte{1, 2, 3, 4}}, {Type: RegBinary, Data: []byte{1, 2, 3, 4}}} {
		if _, err := v.Uint32(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v: %v", v, err)
		}
	}
}

func TestValueType(t *testing.T) {
	for typ, name := range map[ValueType]string{0: "REG_NONE", 1: "REG_SZ", 11: "REG_QWORD", 12: "0x0000000c", 0xffff0012: "0xffff0012"} {
		if typ.String() != name {
			t.Errorf("%d is %v", uint32(typ), typ)
		}
	}
}

// TestLargestCell: what lies in a cell that Windows does not take is not there.
func TestLargestCell(t *testing.T) {
	for size, fits := range map[int]bool{1048572: true, 1048573: false} {
		h := New(NewOptions{Minor: 3})
		h.root.values.add(Value{Name: "v", Type: RegBinary, Data: make([]byte, size)})
		h.root.values.add(Value{Name: "w", Type: RegDword, Data: EncodeUint32(1)})
		again := mustParse(t, mustWrite(t, h, WriteOptions{}))
		if _, err := again.Root().Value("v"); (err == nil) != fits || !fits && !strings.Contains(err.Error(), "1048576") {
			t.Errorf("%d bytes: %v", size, err)
		}
		must(again.Root().Value("w"))(t)
	}
}
