package view

import (
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/planner/document"
)

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"one two three", 0, []string{"one two three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"a-word-that-is-too-long for it", 10, []string{"a-word-that-is-too-long", "for it"}},
		{"\x1b[1mone two\x1b[0m three", 13, []string{"\x1b[1mone two\x1b[0m three"}},
		{"漢字 漢字 漢字", 9, []string{"漢字 漢字", "漢字"}},
	} {
		if got := wrap(test.text, test.width); !slices.Equal(got, test.want) {
			t.Errorf("%q in %d columns: %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// TestSecretOnTwoLines holds that a sensitive value is found although it does not fit on a
// line.
func TestSecretOnTwoLines(t *testing.T) {
	var out strings.Builder
	s := styled{Writer: &out, width: 12, withhold: func(text string) string { return strings.ReplaceAll(text, "horse staple", "(sensitive)") }}
	s.para("", "  ", "because of correct horse staple here")
	if got := out.String(); got != "because\n  of\n  correct\n  (sensitive)\n  here\n" {
		t.Errorf("got %q", got)
	}
}

// TestSecretCut holds that a sensitive value is found although only a part of it would be
// shown.
func TestSecretCut(t *testing.T) {
	secret := strings.Repeat("secret ", 20)
	out := styled{withhold: func(text string) string { return strings.ReplaceAll(text, strings.TrimSpace(secret), "(sensitive)") }}
	if got := shortValue(out, document.Value{Value: cty.StringVal(strings.TrimSpace(secret))}); got != `"(sensitive)"` {
		t.Errorf("got %s", got)
	}
}
