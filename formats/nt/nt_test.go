package nt

import (
	"slices"
	"testing"
	"time"
)

// TestOrder compares names with those that differ in case, script and length.
func TestOrder(t *testing.T) {
	sorted := []string{"", "-", "1", "A", "a!", "AB", "b", "B1", "Z", "_", "à", "ÀB", "ß", "ÿ", "Ж", "ж1", "\U0001f600", "\uff41"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := Compare(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("Compare(%q, %q) = %d", a, b, got)
			}
			if (Fold(a) == Fold(b)) != Equal(a, b) {
				t.Errorf("Fold and Equal differ on %q and %q", a, b)
			}
		}
	}
	if !Equal("STRASSE ÄÖÜ Ÿ", "strasse äöü ÿ") || Equal("ß", "SS") || Equal("ı", "I") || Equal("ſ", "S") {
		t.Error("names are folded as Unicode does it, not Windows")
	}
}

// TestOrderOfSurrogates compares every list of up to three units, some of them
// surrogates with and without a partner, with the order of the units themselves.
func TestOrderOfSurrogates(t *testing.T) {
	alphabet := []uint16{'a', 'B', 0xd801, 0xd802, 0xdacb, 0xdc00, 0xdc01, 0xe000, 0xffff}
	lists := [][]uint16{{}}
	for at := 0; at < len(lists) && len(lists[at]) < 3; at++ {
		for _, u := range alphabet {
			lists = append(lists, append(slices.Clone(lists[at]), u))
		}
	}
	name := func(units []uint16) string {
		var b []byte
		for _, u := range units {
			b = le.AppendUint16(b, u)
		}
		return DecodeUTF16(b)
	}
	for _, a := range lists {
		for _, b := range lists {
			want := slices.CompareFunc(a, b, func(x, y uint16) int { return int(Upcase(x)) - int(Upcase(y)) })
			if got := Compare(name(a), name(b)); got < 0 != (want < 0) || got > 0 != (want > 0) {
				t.Errorf("Compare(% x, % x) = %d, want %d", a, b, got, want)
			}
			if Equal(name(a), name(b)) != (Fold(name(a)) == Fold(name(b))) {
				t.Errorf("Fold and Equal differ on % x and % x", a, b)
			}
		}
	}
}

func TestUpcaseTable(t *testing.T) {
	if !slices.IsSortedFunc(upcaseRuns[:], func(a, b upcaseRun) int { return int(a.first) - int(b.first) }) {
		t.Error("the runs are not sorted")
	}
	for c, want := range map[uint16]uint16{'a': 'A', 'Z': 'Z', 'é': 'É', 'ÿ': 'Ÿ', 'µ': 'µ', 'ж': 'Ж', 'ß': 'ß', 0xd83d: 0xd83d, '1': '1'} {
		if got := Upcase(c); got != want {
			t.Errorf("Upcase(%q) = %q, want %q", rune(c), rune(got), rune(want))
		}
	}
}

// TestEveryUTF16IsKept: what is decoded is encoded to the same bytes, surrogates
// without a partner included.
func TestEveryUTF16IsKept(t *testing.T) {
	for _, b := range [][]byte{
		{}, {'a', 0}, {0x3d, 0xd8, 0x00, 0xde}, {0x00, 0xd8, 'b', 0}, {0x01, 0xdc, 0x3d, 0xd8},
		{0xff, 0xff, 0, 0, 0xe4, 0},
	} {
		s := DecodeUTF16(b)
		if got := AppendUTF16(nil, s); !slices.Equal(got, b) {
			t.Errorf("% x comes back as % x", b, got)
		}
		if got := UTF16Len(s); got != len(b)/2 {
			t.Errorf("% x: %d code units", b, got)
		}
	}
	if got := DecodeUTF16([]byte{'a', 0, 'b'}); got != "a" {
		t.Errorf("with an odd byte: %q", got)
	}
	if got := AppendUTF16(nil, "\xff"); !slices.Equal(got, []byte{0xfd, 0xff}) {
		t.Errorf("not UTF-8: % x", got)
	}
}

func TestTime(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2024, 4, 1, 7, 12, 5, 1234500, time.UTC), time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999999900, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	} {
		if got := TimeOf(at).Time(); !got.Equal(at) {
			t.Errorf("%v comes back as %v", at, got)
		}
	}
	if got := TimeOf(time.Unix(0, 0)); got != 116444736000000000 {
		t.Errorf("1970 is %d", got)
	}
	if TimeOf(time.Time{}) != 0 || TimeOf(time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC)) != 0 || !Time(0).Time().IsZero() {
		t.Error("no time is not 0")
	}
	if s := Time(0).String(); s != "none" {
		t.Errorf("no time prints as %q", s)
	}
}
