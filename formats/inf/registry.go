package inf

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Flags of registry entries ("INF AddReg directive"). The rest of a flag word
// is the type; see [RegEntry.Data].
const (
	RegNoClobber     = 0x2 // keep a value that is there
	RegDeleteValue   = 0x4
	RegAppend        = 0x8  // to a REG_MULTI_SZ
	RegKeyOnly       = 0x10 // create the key only
	RegOverwriteOnly = 0x20 // set a value that is there only
)

// A RegSection is a section that AddReg or DelReg names.
type RegSection struct {
	Name    string
	Line    int // where it starts
	Entries []RegEntry
}

// A RegEntry is a line of it: a value to set or delete.
type RegEntry struct {
	Line   int
	Root   string // HKR, HKLM, HKCR, HKCU or HKU, as written
	Subkey string
	Name   string // of the value; empty is the default value
	Flags  uint32
	Values []string
	Raw    string // the first value before strings were substituted
}

// Registry types, as in winnt.h.
const (
	regNone     = 0
	regSZ       = 1
	regExpandSZ = 2
	regBinary   = 3
	regDWORD    = 4
	regMultiSZ  = 7
	regQWORD    = 11
)

// typeMask is the part of a flag word that is the type.
const typeMask = 0xffff0001

// Data returns the registry type of the entry and its data as stored in the
// registry.
func (e *RegEntry) Data() (kind uint32, data []byte, err error) {
	switch e.Flags & typeMask {
	case 0:
		return regSZ, terminated(e.text()), nil
	case 0x20000:
		return regExpandSZ, terminated(e.text()), nil
	case 0x10000:
		for _, value := range e.Values {
			if value != "" {
				data = append(data, terminated(value)...)
			}
		}
		return regMultiSZ, append(data, 0, 0), nil
	case 0x10001:
		data, err = e.integer(4)
		return regDWORD, data, err
	case 0xb0001:
		data, err = e.integer(8)
		return regQWORD, data, err
	case 0x20001:
		kind = regNone
	case 0x1:
		kind = regBinary
	default:
		if e.Flags&1 == 0 {
			return 0, nil, fmt.Errorf("flags %#x have no known type", e.Flags)
		}
		kind = e.Flags >> 16
	}
	data, err = e.bytes()
	return kind, data, err
}

func (e *RegEntry) text() string {
	if len(e.Values) == 0 {
		return ""
	}
	return e.Values[0]
}

func terminated(text string) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = binary.LittleEndian.AppendUint16(data, unit)
	}
	return append(data, 0, 0)
}

// integer reads one number, or the bytes of one.
func (e *RegEntry) integer(size int) ([]byte, error) {
	if len(e.Values) == size {
		return e.bytes()
	}
	text := strings.ToLower(strings.TrimSpace(e.text()))
	if text == "" {
		return make([]byte, size), nil
	}
	digits, base := text, 10
	if strings.HasPrefix(text, "0x") {
		digits, base = text[2:], 16
	}
	n, err := strconv.ParseUint(digits, base, 8*size)
	if err != nil && base == 10 {
		var signed int64
		signed, err = strconv.ParseInt(digits, 10, 8*size)
		n = uint64(signed)
	}
	if err != nil {
		return nil, fmt.Errorf("value %s is not a number of %d bits", quote(e.text()), 8*size)
	}
	return binary.LittleEndian.AppendUint64(nil, n)[:size], nil
}

// bytes reads bytes in hexadecimal.
func (e *RegEntry) bytes() ([]byte, error) {
	data := make([]byte, 0, len(e.Values))
	for _, value := range e.Values {
		digits := strings.ToLower(strings.TrimSpace(value))
		if digits == "" {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimPrefix(digits, "0x"), 16, 8)
		if err != nil {
			return nil, fmt.Errorf("value %s is not a byte in hexadecimal", quote(value))
		}
		data = append(data, byte(n))
	}
	return data, nil
}

// regSections reads the sections an AddReg or DelReg names.
func (t *tables) regSections(l *Line) []*RegSection {
	var out []*RegSection
	for _, name := range nonEmpty(l.Values) {
		if !t.spend(l.Number) {
			break
		}
		s := t.file.Section(name)
		if s == nil {
			t.add(l.Number, MissingSection, "%s: there is no section [%s]", l.Key, name)
			continue
		}
		if t.registry[s] == nil {
			t.registry[s] = t.regSection(s)
		}
		out = append(out, t.registry[s])
	}
	return out
}

func (t *tables) regSection(s *Section) *RegSection {
	out := &RegSection{Name: s.Name, Line: s.Line}
	for i := range s.Lines {
		l := &s.Lines[i]
		e := RegEntry{
			Line: l.Number, Root: l.Value(0), Subkey: l.Value(1), Name: l.Value(2),
			Flags: t.number(l, 3, "registry flags"),
		}
		if len(l.Values) > 4 {
			e.Values, e.Raw = l.Values[4:], l.RawValue(4)
		}
		switch strings.ToUpper(e.Root) {
		case "HKR", "HKLM", "HKCR", "HKCU", "HKU":
			out.Entries = append(out.Entries, e)
		default:
			t.add(l.Number, BadValue, "registry root %s is none of HKR, HKLM, HKCR, HKCU, HKU", quote(e.Root))
		}
	}
	return out
}
