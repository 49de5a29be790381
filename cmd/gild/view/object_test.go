package view

import (
	"io"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestUpdateObject(t *testing.T) {
	object := func(pairs ...any) cty.Value {
		attrs := map[string]cty.Value{}
		for i := 0; i < len(pairs); i += 2 {
			switch v := pairs[i+1].(type) {
			case string:
				attrs[pairs[i].(string)] = cty.StringVal(v)
			case cty.Value:
				attrs[pairs[i].(string)] = v
			}
		}
		return cty.ObjectVal(attrs)
	}
	null := cty.NullVal(cty.DynamicPseudoType)
	have := object("same", "1", "old", "2", "gone", "3", "null", null, "a b", object("x", "y"), "list", words("red", "green"))
	want := object("same", "1", "old", "two", "gone", null, "new", object("n", "1"), "a b", object("x", "z"), "list", words("red", "blue"))
	s := changePrinter{plain(io.Discard)}
	got := s.update(have, want, "")
	const shown = `{
  ~ "a b" = {
      ~ x = "y" -> "z"
    }
  - gone = "3"
  ~ list = [
        "red",
      - "green",
      + "blue",
    ]
  + new = {
      n = "1"
    }
  ~ old = "2" -> "two"
  # (1 unchanged attribute hidden)
}`
	if got != shown {
		t.Errorf("got\n%s\nwant\n%s", got, shown)
	}
}
