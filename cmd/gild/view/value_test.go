package view

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestValue(t *testing.T) {
	long := make([]cty.Value, 30)
	for i := range long {
		long[i] = cty.StringVal("element")
	}
	for _, test := range []struct {
		name string
		v    cty.Value
		want string
	}{
		{"string", cty.StringVal(`a "b" \ ${c}`), `"a \"b\" \\ $${c}"`},
		{"number", cty.NumberFloatVal(1.5), "1.5"},
		{"large number", cty.NumberUIntVal(1<<64 - 1), "18446744073709551615"},
		{"bool", cty.True, "true"},
		{"null", cty.NullVal(cty.String), "null"},
		{"unknown", cty.UnknownVal(cty.String), "(known after apply)"},
		{"marked", cty.StringVal("secret").Mark("x"), "(sensitive value)"},
		{"marked inside", cty.ListVal([]cty.Value{cty.StringVal("secret").Mark("x")}), "[(sensitive value)]"},
		{"no elements", cty.ListValEmpty(cty.String), "[]"},
		{"empty map", cty.MapValEmpty(cty.String), "{}"},
		{"set", cty.SetVal([]cty.Value{cty.StringVal("b"), cty.StringVal("a")}), `["a", "b"]`},
		{"object", cty.ObjectVal(map[string]cty.Value{"a": cty.Zero, "b": cty.NullVal(cty.String)}), "{\n    a = 0\n  }"},
		{"key", cty.MapVal(map[string]cty.Value{"a b": cty.Zero}), "{\n    \"a b\" = 0\n  }"},
		{"text", cty.StringVal("a\n  b\n"), "<<EOT\n    a\n      b\n  EOT"},
		{"text from Windows", cty.StringVal("a\r\nb\r\n"), "<<EOT # lines end with CR LF\n    a\n    b\n  EOT"},
		{"mixed ends", cty.StringVal("a\r\nb\n"), `"a\r\nb\n"`},
		{"one line", cty.StringVal("a\n"), `"a\n"`},
		{"escape sequence", cty.StringVal("a\n\x1b[2J\n"), `"a\n\u001b[2J\n"`},
		{"long list", cty.ListVal(long), "[\n" + strings.Repeat("    \"element\",\n", 24) + "    # (6 more elements hidden)\n  ]"},
		{"long text", cty.StringVal(strings.Repeat("a\n", 30)), "<<EOT\n" + strings.Repeat("    a\n", 24) + "    # (6 more lines hidden)\n  EOT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := value(test.v, "  "); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	if got, want := printable("Büro\x1b[31m\u202e\n"), "Büro�[31m��"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
