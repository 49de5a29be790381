package view

import (
	"strings"
	"testing"
)

// TestTable: columns stand below each other where characters are wide, combine with
// others, or are not seen at all, and numbers end below each other.
func TestTable(t *testing.T) {
	lines := table([][]string{
		{"NAME", "FILES", "NOTE"},
		{"kiosk", "7", "|"},
		{"日本語", "120000", "|"},
		{"e\u0301cole", "12", "|"},
		{"👨\u200d👩\u200d👧", "3", "|"},
		{"a\u200bb", "45", "|"},
	}, 1)
	for _, line := range lines[1:] {
		before, _, _ := strings.Cut(line, "|")
		if n := cells.StringWidth(before); n != 16 {
			t.Errorf("%q is in column %d", line, n)
		}
	}
	if lines[0] != "NAME     FILES  NOTE" || lines[1] != "kiosk        7  |" {
		t.Errorf("%q", lines[:2])
	}
	if got := cut("日本語 edition", 6); cells.StringWidth(got) > 6 || !strings.HasSuffix(got, "…") {
		t.Errorf("cut to %q", got)
	}
}
