// Package settings makes kinds out of tables. A [Catalogue] is a table of typed settings: for each
// setting its values, the document that defines it, and the registry values, services or script
// lines it consists of. The schema of the kind, what a resource expands to and the reference page
// all come from that table. The kinds security and userdefault are made like this; begin with one
// of their tables.
package settings

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
)

// Unmanaged is the value that removes a setting from a preset.
const Unmanaged = "unmanaged"

// Catalogue is a table of settings.
type Catalogue struct {
	Settings []Setting
	// Presets are named tables of values to start from. With presets, every setting is a string, so
	// that it can be [Unmanaged].
	Presets    []Preset
	PresetAttr string // attribute that names the preset
	Scripts    []Script
}

// Setting is one setting of a catalogue. It has either Values, Number or Text.
type Setting struct {
	Name   string // of the attribute
	Doc    string // purpose, in a sentence or two
	Source string // where it is defined: document and section, or the policy's name and its ADMX file

	Values []Value // all its values; values called true and false make it a bool
	Number *Number
	Text   *Text
}

// Value is one of the values a setting can have.
type Value struct {
	Name string
	Doc  string // meaning, if the name does not tell; no full stop
	Make []Part
}

// Number is a setting that can be any number in a range.
type Number struct {
	Min, Max uint32
	Unit     string // unit, such as seconds; may be empty
	Make     func(n uint32) []Part
}

func (n *Number) of() string {
	if n.Unit == "" {
		return ""
	}
	return " of " + n.Unit
}

// Text is a setting that can be any text for which Check finds no fault.
type Text struct {
	Check func(string) error
	Make  func(s string) []Part
}

// Preset is a table of values, by the names of their settings.
type Preset struct {
	Name, Doc string
	Values    map[string]string
}

// Preset returns the preset with a name, or nil.
func (c *Catalogue) Preset(name string) *Preset {
	for i := range c.Presets {
		if c.Presets[i].Name == name {
			return &c.Presets[i]
		}
	}
	return nil
}

// Schema returns an attribute for each setting, after one for the preset if there are presets.
func (c *Catalogue) Schema() dsl.Schema {
	var schema dsl.Schema
	if len(c.Presets) > 0 {
		a := dsl.Attr{Name: c.PresetAttr, Type: cty.String, Doc: "Values to start from, listed below. Settings in the configuration override them; `\"" + Unmanaged + "\"` takes one out."}
		for _, p := range c.Presets {
			a.Values = append(a.Values, p.Name)
		}
		schema = append(schema, a)
	}
	for i := range c.Settings {
		schema = append(schema, c.attr(&c.Settings[i]))
	}
	return schema
}

func (c *Catalogue) attr(s *Setting) dsl.Attr {
	a := dsl.Attr{Name: s.Name, Type: s.cty(), Doc: s.Doc + s.choices(len(c.Presets) > 0)}
	if len(c.Presets) > 0 {
		a.Type = cty.String
	}
	if a.Type == cty.String && s.Values != nil {
		for _, v := range s.Values {
			a.Values = append(a.Values, v.Name)
		}
		if len(c.Presets) > 0 {
			a.Values = append(a.Values, Unmanaged)
		}
	}
	return a
}

func (s *Setting) isBool() bool {
	return len(s.Values) > 0 && !slices.ContainsFunc(s.Values, func(v Value) bool { return v.Name != "true" && v.Name != "false" })
}

func (s *Setting) cty() cty.Type {
	switch {
	case s.isBool():
		return cty.Bool
	case s.Number != nil:
		return cty.Number
	}
	return cty.String
}

// choices says which values a setting can have, as far as its type and text do not.
func (s *Setting) choices(unmanaged bool) string {
	or := ""
	if unmanaged {
		or = ", or `" + Unmanaged + "`"
	}
	switch {
	case s.Number != nil && s.Number.Max == math.MaxUint32:
		return fmt.Sprintf(" A number%s, %d or more%s.", s.Number.of(), s.Number.Min, or)
	case s.Number != nil:
		return fmt.Sprintf(" A number%s from %d to %d%s.", s.Number.of(), s.Number.Min, s.Number.Max, or)
	case s.isBool() && !unmanaged || s.Text != nil:
		return ""
	}
	var names []string
	for _, v := range s.Values {
		name := "`" + v.Name + "`"
		if v.Doc != "" {
			name += " (" + v.Doc + ")"
		}
		names = append(names, name)
	}
	return " Can be " + strings.Join(names, ", ") + or + "."
}

// canon returns the canonical form of a value that an author wrote, or what is wrong with it.
func (s *Setting) canon(text string) (string, error) {
	switch {
	case s.Number != nil:
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || uint32(n) < s.Number.Min || uint32(n) > s.Number.Max {
			return "", fmt.Errorf("%q is not a whole number%s from %d to %d", text, s.Number.of(), s.Number.Min, s.Number.Max)
		}
		return strconv.FormatUint(n, 10), nil
	case s.Text != nil:
		return text, s.Text.Check(text)
	case s.value(text) == nil:
		return "", fmt.Errorf("%q is not one of the values it can have", text)
	}
	return text, nil
}

func (s *Setting) value(name string) *Value {
	for i := range s.Values {
		if s.Values[i].Name == name {
			return &s.Values[i]
		}
	}
	return nil
}

// parts returns the parts of a canonical value.
func (s *Setting) parts(text string) []Part {
	switch {
	case s.Number != nil:
		n, _ := strconv.ParseUint(text, 10, 32)
		return s.Number.Make(uint32(n))
	case s.Text != nil:
		return s.Text.Make(text)
	}
	return s.value(text).Make
}
