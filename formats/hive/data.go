package hive

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/gildhq/gild/formats/nt"
)

// Text returns the string of a REG_SZ, REG_EXPAND_SZ or REG_LINK value, up to
// its terminating NUL if it has one. A last odd byte is left out.
func (v Value) Text() (string, error) {
	switch v.Type {
	case RegSZ, RegExpandSZ, RegLink:
		return DecodeString(v.Data), nil
	}
	return "", v.mismatch("a string")
}

// MultiText returns the strings of a REG_MULTI_SZ value.
func (v Value) MultiText() ([]string, error) {
	if v.Type != RegMultiSZ {
		return nil, v.mismatch("a list of strings")
	}
	return DecodeMultiString(v.Data), nil
}

// Uint32 returns the number of a REG_DWORD or REG_DWORD_BIG_ENDIAN value.
func (v Value) Uint32() (uint32, error) {
	switch {
	case len(v.Data) == 4 && v.Type == RegDword:
		return le.Uint32(v.Data), nil
	case len(v.Data) == 4 && v.Type == RegDwordBigEndian:
		return binary.BigEndian.Uint32(v.Data), nil
	}
	return 0, v.mismatch("a 32-bit number")
}

func (v Value) mismatch(wanted string) error {
	return fmt.Errorf("%w: value %q has %d bytes of %v, not %s", ErrInvalid, v.Name, len(v.Data), v.Type, wanted)
}

// DecodeString decodes UTF-16LE up to the first NUL or the end.
func DecodeString(data []byte) string {
	s, _, _ := strings.Cut(nt.DecodeUTF16(data), "\x00")
	return s
}

// DecodeMultiString decodes a list of NUL-terminated strings, which ends with
// an empty one or with the data.
func DecodeMultiString(data []byte) []string {
	list := strings.Split(strings.TrimSuffix(nt.DecodeUTF16(data), "\x00"), "\x00")
	if end := slices.Index(list, ""); end >= 0 {
		list = list[:end]
	}
	return list
}

// EncodeString is the data of a REG_SZ, REG_EXPAND_SZ value: UTF-16LE with a
// terminating NUL.
func EncodeString(s string) []byte {
	return append(nt.AppendUTF16(make([]byte, 0, 2*len(s)+2), s), 0, 0)
}

// EncodeMultiString is the data of a REG_MULTI_SZ value. A string that is
// empty or holds a NUL has no place in one and is an [ErrInvalid].
func EncodeMultiString(list []string) ([]byte, error) {
	var data []byte
	for i, s := range list {
		if s == "" || strings.Contains(s, "\x00") {
			return nil, fmt.Errorf("%w: string %d of a REG_MULTI_SZ is empty or holds a NUL", ErrInvalid, i+1)
		}
		data = append(data, EncodeString(s)...)
	}
	return append(data, 0, 0), nil
}

// EncodeUint32 is the data of a REG_DWORD value.
func EncodeUint32(n uint32) []byte { return le.AppendUint32(nil, n) }

// EncodeUint64 is the data of a REG_QWORD value.
func EncodeUint64(n uint64) []byte { return le.AppendUint64(nil, n) }
