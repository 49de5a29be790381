package view

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// TestLongLines: of a very long line only what is around the fault is shown.
func TestLongLines(t *testing.T) {
	const mark = "WRONG"
	for name, line := range map[string]string{
		"in the middle":    strings.Repeat("ä", 5000) + mark + strings.Repeat("z", 5000),
		"at the beginning": mark + strings.Repeat("ü", 5000),
		"at the end":       strings.Repeat("x", 4999) + mark,
		"short":            "a = " + mark,
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte("first\n" + line + "\nlast\n")
			start := bytes.Index(text, []byte(mark))
			rng := hcl.Range{
				Filename: "a.gild.hcl", Start: hcl.Pos{Line: 2, Column: 1 + utf8.RuneCount(text[6:start]), Byte: start},
				End: hcl.Pos{Line: 2, Column: 6 + utf8.RuneCount(text[6:start]), Byte: start + len(mark)},
			}
			files := map[string]*hcl.File{"a.gild.hcl": {Bytes: text}}
			whole := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "No", Detail: "Not so.", Subject: &rng}
			d, short := shortened(whole, files)
			if got := string(d.Subject.SliceBytes(short["a.gild.hcl"].Bytes)); got != mark {
				t.Errorf("it is about %q", got)
			}
			var out bytes.Buffer
			NewScreen(Streams{Out: &out, Err: &out}, true).Diagnostics(hcl.Diagnostics{whole}, files)
			for shown := range strings.Lines(out.String()) {
				if len(shown) > 300 || !utf8.ValidString(shown) {
					t.Errorf("a line of %d bytes: %.80q", len(shown), shown)
				}
			}
			if !strings.Contains(out.String(), mark) || !strings.Contains(out.String(), "line 2") {
				t.Errorf("it does not show the fault:\n%s", out.String())
			}
			if string(files["a.gild.hcl"].Bytes) != string(text) || *whole.Subject != rng {
				t.Error("what was given is changed")
			}
		})
	}
}
