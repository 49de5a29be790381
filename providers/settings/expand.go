package settings

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/providers"
)

// Check returns the value with every setting in canonical form, or what is wrong with the settings.
func (c *Catalogue) Check(want cty.Value) (cty.Value, error) {
	values := want.AsValueMap()
	var errs []error
	for i := range c.Settings {
		s := &c.Settings[i]
		text, set := written(values[s.Name])
		if !set || text == Unmanaged && len(c.Presets) > 0 {
			continue
		}
		text, err := s.canon(text)
		if err != nil {
			errs = append(errs, &providers.Problem{Attr: s.Name, Summary: "Invalid value", Detail: err.Error() + "."})
			continue
		}
		values[s.Name], err = convert.Convert(cty.StringVal(text), want.Type().AttributeType(s.Name))
		if err != nil {
			errs = append(errs, fmt.Errorf("attribute %q: %w", s.Name, err))
		}
	}
	return cty.ObjectVal(values), errors.Join(errs...)
}

// written returns a value as an author would write it, and whether there is one.
func written(v cty.Value) (string, bool) {
	if v == cty.NilVal || v.IsNull() {
		return "", false
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil {
		panic(fmt.Sprintf("settings: a value of type %s", v.Type().FriendlyName()))
	}
	return text.AsString(), true
}

// Chosen returns the values of a checked resource, by the names of their settings: those of the
// preset, overridden by those that the author wrote.
func (c *Catalogue) Chosen(want cty.Value) map[string]string {
	chosen := map[string]string{}
	if p := c.preset(want); p != nil {
		for name, v := range p.Values {
			chosen[name] = v
		}
	}
	for _, s := range c.Settings {
		if text, set := written(want.GetAttr(s.Name)); set {
			chosen[s.Name] = text
		}
		if chosen[s.Name] == Unmanaged && len(c.Presets) > 0 {
			delete(chosen, s.Name)
		}
	}
	return chosen
}

func (c *Catalogue) preset(want cty.Value) *Preset {
	if len(c.Presets) == 0 {
		return nil
	}
	name, _ := written(want.GetAttr(c.PresetAttr))
	return c.Preset(name)
}

// Expand returns the resources that a checked resource expands to, in the order of the table;
// scripts come last.
func (c *Catalogue) Expand(want cty.Value) []providers.Child {
	chosen := c.Chosen(want)
	var children []providers.Child
	lines, attrs, shared := map[string][]string{}, map[string]string{}, map[string]bool{}
	for i := range c.Settings {
		s := &c.Settings[i]
		text, ok := chosen[s.Name]
		if !ok {
			continue
		}
		attr := s.Name
		if _, set := written(want.GetAttr(s.Name)); !set {
			attr = c.PresetAttr
		}
		for _, p := range s.parts(text) {
			if p.Script == "" {
				if p.Shared == "" || !shared[p.Shared] {
					children = append(children, c.child(p, s.Name, attr))
				}
				shared[p.Shared] = true
				continue
			}
			if len(lines[p.Script]) == 0 {
				attrs[p.Script] = attr
			}
			lines[p.Script] = append(lines[p.Script], p.Line)
		}
	}
	for _, s := range c.Scripts {
		if ls := lines[s.Name]; len(ls) > 0 {
			children = append(children, s.child(ls, attrs[s.Name]))
		}
	}
	return children
}

// child returns the resource of a part of a setting.
func (c *Catalogue) child(p Part, setting, attr string) providers.Child {
	child := p.child(setting, attr)
	switch {
	case p.Shared != "":
	case len(c.Presets) > 0:
		child.Remedy = fmt.Sprintf("It belongs to the setting %s; %s = %q leaves that out.", setting, setting, Unmanaged)
	default:
		child.Remedy = fmt.Sprintf("It belongs to the setting %s; remove that setting.", setting)
	}
	return child
}
