package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/providers"
)

const key = `HKLM\SOFTWARE\Test`

func small(presets ...Preset) *Catalogue {
	return &Catalogue{
		PresetAttr: "baseline", Presets: presets,
		Settings: []Setting{
			{Name: "on", Doc: "On.", Source: "a", Values: []Value{
				{Name: "true", Make: []Part{Shared("both", Dword(key, "Shared", 1)), Dword(key, "On", 1)}}, {Name: "false", Make: []Part{Without(key, "On")}},
			}},
			{Name: "level", Doc: "Level.", Source: "b", Number: &Number{Min: 2, Max: 9, Unit: "steps", Make: func(n uint32) []Part {
				return []Part{Shared("both", Dword(key, "Shared", 1)), Named("n", Dword(key, "Level", n)), Line("late", "/level:x")}
			}}},
			{Name: "where", Doc: "Where.", Source: "c", Text: &Text{
				Check: func(s string) error {
					if s == "" {
						return errors.New("it is empty")
					}
					return nil
				},
				Make: func(s string) []Part {
					return []Part{String(key, "Where", s), Line("late", "/where:"+s), Line("lines", s)}
				},
			}},
		},
		Scripts: []Script{{Name: "lines", ID: "l", Title: "Lines"}, {Name: "late", ID: "late-id", Title: "Late", Prefix: "net set"}},
	}
}

func author(c *Catalogue, set map[string]cty.Value) cty.Value {
	values := map[string]cty.Value{}
	for _, a := range c.Schema() {
		values[a.Name] = cty.NullVal(a.Type)
		if v, ok := set[a.Name]; ok {
			values[a.Name] = v
		}
	}
	return cty.ObjectVal(values)
}

func names(children []providers.Child) string {
	var all []string
	for _, c := range children {
		all = append(all, fmt.Sprintf("%T.%s of %s", c.Of, c.Name, c.Attr))
	}
	return strings.Join(all, "\n")
}

func TestExpand(t *testing.T) {
	c := small()
	want := author(c, map[string]cty.Value{"on": cty.True, "level": cty.NumberIntVal(7), "where": cty.StringVal("x y")})
	checked, err := c.Check(want)
	if err != nil || !checked.RawEquals(want) {
		t.Fatalf("checked %#v, %v", checked, err)
	}
	children := c.Expand(checked)
	const expected = "providers.RegistryValue.both of on\nproviders.RegistryValue.on of on\nproviders.RegistryValue.level_n of level\nproviders.RegistryValue.where of where\nproviders.Commands.lines of where\nproviders.Commands.late of level"
	if got := names(children); got != expected {
		t.Errorf("expands to\n%s\nwant\n%s", got, expected)
	}
	late := children[len(children)-1].Of.(providers.Commands)
	if want := []string{"net set /level:x /where:x y"}; late.Name != "late-id" || !slices.Equal(late.Lines, want) {
		t.Errorf("the script is %+v", late)
	}
}

func TestPresets(t *testing.T) {
	c := small(Preset{Name: "p", Doc: "P.", Values: map[string]string{"on": "true", "level": "3", "where": "there"}})
	want, err := c.Check(author(c, map[string]cty.Value{
		"baseline": cty.StringVal("p"), "on": cty.StringVal(Unmanaged), "level": cty.StringVal("007"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := want.GetAttr("level").AsString(); got != "7" {
		t.Errorf("the number is %q", got)
	}
	const expected = "providers.RegistryValue.both of level\nproviders.RegistryValue.level_n of level\nproviders.RegistryValue.where of baseline\nproviders.Commands.lines of baseline\nproviders.Commands.late of level"
	if got := names(c.Expand(want)); got != expected {
		t.Errorf("expands to\n%s\nwant\n%s", got, expected)
	}
}

// TestRemedies: who wrote a setting is told how to do without it, not how to write
// the resource that it stands for.
func TestRemedies(t *testing.T) {
	for _, presets := range [][]Preset{nil, {{Name: "p", Values: map[string]string{}}}} {
		c := small(presets...)
		for i := range c.Settings {
			name := c.Settings[i].Name
			child := c.child(Service("x", "disabled"), name, name)
			if !strings.Contains(child.Remedy, "setting "+name) || strings.Contains(child.Remedy, Unmanaged) != (presets != nil) {
				t.Errorf("%s: %q", name, child.Remedy)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	c := small(Preset{Name: "p"})
	for attr, text := range map[string]string{"level": "1", "where": "", "on": "maybe"} {
		_, err := c.Check(author(c, map[string]cty.Value{attr: cty.StringVal(text)}))
		var problem *providers.Problem
		if !errors.As(err, &problem) || problem.Attr != attr {
			t.Errorf("%s = %q: %v", attr, text, err)
		}
	}
	plain := small()
	if _, err := plain.Check(author(plain, map[string]cty.Value{"level": cty.NumberFloatVal(2.5)})); err == nil {
		t.Error("half a step is taken")
	}
}

func TestReference(t *testing.T) {
	got := small(Preset{Name: "p", Doc: "P.", Values: map[string]string{"on": "true"}}).Reference()
	for _, want := range []string{
		"| `on` | `" + key + "`, `Shared`: `true` 1<br>`" + key + "`, `On`: `true` 1, `false` absent | a |",
		"| `level` | `" + key + "`, `Shared`: 1<br>`" + key + "`, `Level`: N<br>at the first boot: `net set /level:x` | b |",
		"| `where` | `" + key + "`, `Where` (sz): `\"…\"`<br>",
		"## Values of baseline\n\n* `p`: P.\n\n| setting | p |\n|---|---|\n| `on` | `true` |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}
