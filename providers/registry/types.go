package registry

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/formats/hive"
	"github.com/gildhq/gild/formats/nt"
)

// valueType is a type of registry values ([MS-RRP] §3.1.1.5).
type valueType struct {
	name   string
	number hive.ValueType
	form   form
}

// form is how the data of a type is written in a configuration.
type form struct {
	// canon returns the canonical form of a value that an author wrote.
	canon func(cty.Value) (cty.Value, error)
	// encode returns the data of a canonical value.
	encode func(cty.Value) ([]byte, error)
	// decode returns the canonical value of data, or false if the data does not
	// fit the type.
	decode func([]byte) (cty.Value, bool)
}

func types() []valueType {
	return []valueType{
		{"none", hive.RegNone, bytesForm()},
		{"sz", hive.RegSZ, textForm(hive.EncodeString)},
		{"expand_sz", hive.RegExpandSZ, textForm(hive.EncodeString)},
		{"binary", hive.RegBinary, bytesForm()},
		{"dword", hive.RegDword, numberForm(4, binary.LittleEndian)},
		{"dword_big_endian", hive.RegDwordBigEndian, numberForm(4, binary.BigEndian)},
		{"link", hive.RegLink, textForm(encodeLink)},
		{"multi_sz", hive.RegMultiSZ, listForm()},
		{"resource_list", hive.RegResourceList, bytesForm()},
		{"full_resource_descriptor", hive.RegFullResourceDescriptor, bytesForm()},
		{"resource_requirements_list", hive.RegResourceRequirementsList, bytesForm()},
		{"qword", hive.RegQword, numberForm(8, binary.LittleEndian)},
	}
}

// typeNamed returns the type with a name, or nil.
func typeNamed(name string) *valueType {
	for _, t := range types() {
		if t.name == name {
			return &t
		}
	}
	return nil
}

func typeNumbered(n hive.ValueType) *valueType {
	for _, t := range types() {
		if t.number == n {
			return &t
		}
	}
	return nil
}

// bytesForm is for data without a known structure: hexadecimal digits.
func bytesForm() form {
	return form{
		canon: func(v cty.Value) (cty.Value, error) {
			if v.IsNull() {
				return cty.StringVal(""), nil
			}
			if v.Type() != cty.String {
				return v, fmt.Errorf("it must be a string of hexadecimal digits, not %s", friendly(v))
			}
			data, err := parseHex(v.AsString())
			return hexValue(data), err
		},
		encode: func(v cty.Value) ([]byte, error) { return parseHex(v.AsString()) },
		decode: func(data []byte) (cty.Value, bool) { return hexValue(data), true },
	}
}

func hexValue(data []byte) cty.Value { return cty.StringVal(fmt.Sprintf("% x", data)) }

func parseHex(s string) ([]byte, error) {
	var data []byte
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\r' || r == '\n' }) {
		b, err := hex.DecodeString(part)
		if errors.Is(err, hex.ErrLength) {
			return nil, errors.New("each byte needs two hexadecimal digits, and there is a group with an odd number of them")
		}
		if err != nil {
			return nil, errors.New("it must hold nothing but hexadecimal digits, blanks and commas")
		}
		data = append(data, b...)
	}
	return data, nil
}

// textForm is for one string.
func textForm(encode func(string) []byte) form {
	return form{
		canon: func(v cty.Value) (cty.Value, error) {
			if v.IsNull() || v.Type() != cty.String {
				return v, fmt.Errorf("it must be a string, not %s", friendly(v))
			}
			return v, checkText(v.AsString())
		},
		encode: func(v cty.Value) ([]byte, error) { return encode(v.AsString()), nil },
		decode: func(data []byte) (cty.Value, bool) {
			if len(data)%2 != 0 {
				return cty.NilVal, false
			}
			// Data after a NUL is kept: the value is not what it seems to be.
			return textValue(strings.TrimRight(nt.DecodeUTF16(data), "\x00")), true
		},
	}
}

// textValue replaces what a string in a plan can't contain.
func textValue(s string) cty.Value { return cty.StringVal(strings.ToValidUTF8(s, "\uFFFD")) }

func checkText(s string) error {
	if strings.Contains(s, "\x00") {
		return errors.New("a string of the registry can't hold a NUL")
	}
	return nil
}

// listForm is for a list of strings.
func listForm() form {
	return form{
		canon: func(v cty.Value) (cty.Value, error) {
			t := v.Type()
			if v.IsNull() || !t.IsListType() && !t.IsTupleType() && !t.IsSetType() {
				return v, fmt.Errorf("it must be a list of strings, not %s", friendly(v))
			}
			var list []string
			for it := v.ElementIterator(); it.Next(); {
				_, e := it.Element()
				if e.IsNull() || e.Type() != cty.String {
					return v, fmt.Errorf("string %d of the list is %s", len(list)+1, friendly(e))
				}
				list = append(list, e.AsString())
			}
			if _, err := hive.EncodeMultiString(list); err != nil {
				return v, errors.New("a list of the registry can't hold empty strings or strings with a NUL")
			}
			return listValue(list), nil
		},
		encode: func(v cty.Value) ([]byte, error) {
			var list []string
			for _, e := range v.AsValueSlice() {
				list = append(list, e.AsString())
			}
			return hive.EncodeMultiString(list)
		},
		decode: func(data []byte) (cty.Value, bool) {
			if len(data)%2 != 0 {
				return cty.NilVal, false
			}
			return listValue(hive.DecodeMultiString(data)), true
		},
	}
}

func listValue(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	values := make([]cty.Value, len(list))
	for i, s := range list {
		values[i] = textValue(s)
	}
	return cty.ListVal(values)
}

// numberForm is for an unsigned number of some bytes.
func numberForm(size int, order binary.ByteOrder) form {
	return form{
		canon: func(v cty.Value) (cty.Value, error) { return number(v, size) },
		encode: func(v cty.Value) ([]byte, error) {
			n, _ := v.AsBigFloat().Uint64()
			data := make([]byte, size)
			if size == 4 {
				order.PutUint32(data, uint32(n))
			} else {
				order.PutUint64(data, n)
			}
			return data, nil
		},
		decode: func(data []byte) (cty.Value, bool) {
			switch {
			case len(data) != size:
				return cty.NilVal, false
			case size == 4:
				return cty.NumberUIntVal(uint64(order.Uint32(data))), true
			}
			return cty.NumberUIntVal(order.Uint64(data)), true
		},
	}
}

// number returns the number that a number or a string stands for.
func number(v cty.Value, size int) (cty.Value, error) {
	f, ok := new(big.Float), false
	switch {
	case v.IsNull():
	case v.Type() == cty.Number:
		f, ok = v.AsBigFloat(), true
	case v.Type() == cty.String:
		f, ok = parseNumber(v.AsString())
	}
	if !ok || !f.IsInt() {
		return v, errors.New(`it must be a whole number, or a string such as "0x1f"`)
	}
	limit := new(big.Int).Lsh(big.NewInt(1), uint(8*size))
	if f.Sign() < 0 || f.Cmp(new(big.Float).SetInt(limit)) >= 0 {
		return v, fmt.Errorf("it must be from 0 to %v (a negative number is written as it is in memory: -1 is \"0x%s\")",
			limit.Sub(limit, big.NewInt(1)), strings.Repeat("ff", size))
	}
	n, _ := f.Uint64()
	return cty.NumberUIntVal(n), nil
}

// parseNumber reads the digits of a number, hexadecimal ones behind 0x.
func parseNumber(s string) (*big.Float, bool) {
	digits, base := s, 10
	if len(s) > 2 && strings.EqualFold(s[:2], "0x") {
		digits, base = s[2:], 16
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok || len(digits) > 40 {
		return nil, false
	}
	return new(big.Float).SetInt(n), true
}

// friendly names the type of a value, never the value: it may be a secret.
func friendly(v cty.Value) string {
	if v.IsNull() {
		return "null"
	}
	name := v.Type().FriendlyName()
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// encodeLink is the data of a link: its target without a NUL.
func encodeLink(s string) []byte { return nt.AppendUTF16(nil, s) }
