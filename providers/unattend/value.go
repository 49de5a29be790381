package unattend

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/gildhq/gild/formats/unattend"
)

// maxDepth is how deep settings may be nested; those of Windows are less than ten deep.
const maxDepth = 32

// settingOf reads what the author wrote; where is its position in the settings.
func settingOf(v cty.Value, where string, depth int) (unattend.Setting, error) {
	var none unattend.Setting
	t := v.Type()
	switch {
	case depth > maxDepth:
		return none, fmt.Errorf("%s is nested more than %d deep", where, maxDepth)
	case v.IsNull():
		return none, nil
	case t.IsPrimitiveType():
		text, err := convert.Convert(v, cty.String)
		if err == nil {
			err = unattend.ValidText(text.AsString())
		}
		if err != nil {
			return none, fmt.Errorf("%s: %w", where, err)
		}
		return unattend.Setting{Kind: unattend.Text, Text: text.AsString()}, nil
	case t.IsObjectType() || t.IsMapType():
		return objectOf(v, where, depth)
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return listOf(v, where, depth)
	}
	return none, fmt.Errorf("%s is neither text nor object nor list", where)
}

func objectOf(v cty.Value, where string, depth int) (unattend.Setting, error) {
	s := unattend.Setting{Kind: unattend.Object, Fields: map[string]unattend.Setting{}}
	hasText, hasElements := false, false
	for name, field := range v.AsValueMap() {
		if err := unattend.ValidField(name); err != nil {
			return s, fmt.Errorf("in %s %w", where, err)
		}
		f, err := settingOf(field, within(where, name), depth+1)
		if err != nil {
			return s, err
		}
		plain := name == unattend.TextField || name[0] == '@'
		if plain && f.Kind != unattend.Text && (f.Kind != unattend.Absent || name == unattend.TextField) {
			return s, fmt.Errorf("%s must be text", within(where, name))
		}
		hasText = hasText || name == unattend.TextField
		hasElements = hasElements || !plain
		s.Fields[name] = f
	}
	if hasText && hasElements {
		return s, fmt.Errorf("%s has both text and elements", where)
	}
	return s, nil
}

func listOf(v cty.Value, where string, depth int) (unattend.Setting, error) {
	s := unattend.Setting{Kind: unattend.List, Items: []unattend.Setting{}}
	for i, item := range v.AsValueSlice() {
		at := fmt.Sprintf("%s[%d]", where, i)
		f, err := settingOf(item, at, depth+1)
		switch {
		case err != nil:
			return s, err
		case f.Kind == unattend.Absent, f.Kind == unattend.List, f.Kind == unattend.Object && len(f.Fields) == 0:
			return s, fmt.Errorf("%s is neither text nor an object with something in it", at)
		case i > 0 && f.Kind != s.Items[0].Kind:
			return s, fmt.Errorf("%s holds both texts and objects", where)
		}
		s.Items = append(s.Items, f)
	}
	key := unattend.KeyField(s.Items)
	if key == "" {
		return s, nil
	}
	seen := map[string]bool{}
	for _, item := range s.Items {
		value := item.Fields[key].Text
		if seen[value] {
			return s, fmt.Errorf("%s has two items with %s = %q", where, key, value)
		}
		seen[value] = true
	}
	return s, nil
}

func within(where, name string) string {
	if where == "settings" {
		return name
	}
	return where + "/" + name
}

// valueOf is the canonical form in which settings are compared and shown.
func valueOf(s unattend.Setting) cty.Value {
	switch s.Kind {
	case unattend.Text:
		return cty.StringVal(s.Text)
	case unattend.Object:
		fields := make(map[string]cty.Value, len(s.Fields))
		for name, f := range s.Fields {
			fields[name] = valueOf(f)
		}
		return cty.ObjectVal(fields)
	case unattend.List:
		items := make([]cty.Value, len(s.Items))
		for i, item := range s.Items {
			items[i] = valueOf(item)
		}
		return cty.TupleVal(items)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// setting returns checked settings; an empty object for none.
func (r *resource) setting() unattend.Setting {
	s := unattend.Setting{Kind: unattend.Object}
	if r.Settings != cty.NilVal && !r.Settings.IsNull() {
		s, _ = settingOf(r.Settings, "settings", 0) // it was checked
	}
	return s
}

// secret is one of the secrets.
type secret struct {
	path unattend.Path
	text *string // nil: to be absent
}

// secrets returns checked secrets, sorted by path.
func (r *resource) secrets() []secret {
	var list []secret
	for text, value := range r.Secrets {
		path, _ := unattend.ParsePath(text) // it was checked
		list = append(list, secret{path, value})
	}
	slices.SortFunc(list, func(a, b secret) int { return strings.Compare(a.path.String(), b.path.String()) })
	return list
}
