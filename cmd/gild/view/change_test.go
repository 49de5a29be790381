package view

import (
	"io"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/document"
	"github.com/gildhq/gild/providers"
)

var testSchema = dsl.Schema{
	{Name: "path", Type: cty.String, Key: true},
	{Name: "source", Type: cty.String, Hint: true},
	{Name: "content", Type: cty.String},
	{Name: "words", Type: cty.List(cty.String)},
	{Name: "secret", Type: cty.String},
	{Name: "mode", Type: cty.String},
}

// item makes the change to a resource that wants want, where the image has have.
func item(action providers.Action, want, have map[string]cty.Value) *document.ResourceChange {
	full := func(attrs map[string]cty.Value) cty.Value {
		if attrs == nil {
			return cty.NullVal(testSchema.ObjectType())
		}
		all := map[string]cty.Value{}
		for _, a := range testSchema {
			all[a.Name] = cty.NullVal(a.Type)
			if v, ok := attrs[a.Name]; ok {
				all[a.Name] = v
			}
		}
		return cty.ObjectVal(all)
	}
	it := &planner.Item{
		Addr: dsl.Addr{Image: "kiosk", Kind: "file", Name: "f"}, Action: action,
		Want: full(want), Have: full(have), Sensitive: []string{"secret"},
	}
	_, it.Differences = planner.Diff(testSchema, it.Want, it.Have, action == providers.Delete)
	return document.New(&planner.Plan{Images: []*planner.Image{{Items: []*planner.Item{it}}}}).Images[0].ResourceChanges[0]
}

func words(ws ...string) cty.Value {
	out := make([]cty.Value, len(ws))
	for i, w := range ws {
		out[i] = cty.StringVal(w)
	}
	return cty.ListVal(out)
}

func TestChange(t *testing.T) {
	text := func(lines ...string) cty.Value { return cty.StringVal(strings.Join(lines, "\n") + "\n") }
	have := map[string]cty.Value{
		"path": cty.StringVal("a"), "mode": cty.StringVal("x"), "secret": cty.StringVal("hush"),
		"content": text("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"),
		"words":   words("red", "green"),
	}
	want := map[string]cty.Value{
		"path": cty.StringVal("a"), "mode": cty.StringVal("x"), "secret": cty.StringVal("whisper"),
		"source":  cty.StringVal("files/a"),
		"content": text("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "twelve"),
		"words":   words("red", "blue"),
	}
	for _, test := range []struct {
		name   string
		it     *document.ResourceChange
		effect string
		want   string
	}{
		{"update", item(providers.Update, want, have), "now, offline", `  # kiosk/file.f will be updated in-place (now, offline)
  ~ file "f" {
        path    = "a"
        source  = "files/a"
      ~ content = <<EOT
            9
            10
            11
          - 12
          + twelve
        EOT
      ~ words   = [
            "red",
          - "green",
          + "blue",
        ]
      ~ secret  = (sensitive value)
        # (1 unchanged attribute hidden)
    }

`},
		{"create", item(providers.Create, map[string]cty.Value{
			"path": cty.StringVal("a"), "source": cty.StringVal("files/a"), "secret": cty.StringVal("hush"),
		}, nil), "at first boot", `  # kiosk/file.f will be created (at first boot)
  + file "f" {
      + path   = "a"
      + source = "files/a"
      + secret = (sensitive value)
    }

`},
		{"delete", item(providers.Delete, map[string]cty.Value{"path": cty.StringVal("a")},
			map[string]cty.Value{"path": cty.StringVal("a"), "mode": cty.StringVal("x"), "secret": cty.StringVal("hush")}), "", `  # kiosk/file.f will be destroyed
  - file "f" {
      - path   = "a"
      - secret = (sensitive value)
      - mode   = "x"
    }

`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			s := changePrinter{plain(&out)}
			s.change(test.it, testSchema, test.effect)
			if got := out.String(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestChangeOfUnknownKind shows what a plan holds although this program does not
// know the kind, or what it knows of it.
func TestChangeOfUnknownKind(t *testing.T) {
	var out strings.Builder
	s := changePrinter{plain(&out)}
	s.change(item(providers.Update, map[string]cty.Value{"mode": cty.StringVal("y")}, map[string]cty.Value{"mode": cty.StringVal("x")}), nil, "")
	if !strings.Contains(out.String(), `~ mode = "x" -> "y"`) {
		t.Errorf("got\n%s", out.String())
	}
}

func TestColor(t *testing.T) {
	var out strings.Builder
	s := changePrinter{styled{Writer: &out, color: true, withhold: all}}
	s.change(item(providers.Create, map[string]cty.Value{"path": cty.StringVal("a")}, nil), testSchema, "")
	if !strings.Contains(out.String(), "\x1b[32m+\x1b[0m path = ") {
		t.Errorf("got %q", out.String())
	}
	out.Reset()
	s = changePrinter{NewScreen(Streams{Out: &out, Err: &out}, false).out}
	s.change(item(providers.Create, map[string]cty.Value{"path": cty.StringVal("a")}, nil), testSchema, "")
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("colours go to what is no terminal: %q", out.String())
	}
}

// all withholds nothing.
func all(text string) string { return text }

func plain(w io.Writer) styled { return styled{Writer: w, withhold: all} }
