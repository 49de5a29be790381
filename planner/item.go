package planner

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/dsl"
)

// itemJSON is the form of an item in a plan file: its fields, and its values with their
// types.
type itemJSON struct {
	*itemFields
	Want        json.RawMessage   `json:"want"`
	Have        json.RawMessage   `json:"have"`
	Differences []differenceJSON  `json:"differences,omitempty"`
	Sealed      map[string]string `json:"sealed,omitempty"`
}

// itemFields is an [Item] without its methods.
type itemFields Item

type differenceJSON struct {
	Attr string          `json:"attr"`
	Want json.RawMessage `json:"want"`
	Have json.RawMessage `json:"have"`
}

// MarshalJSON gives the form of plan files. Package document has that for other
// programs.
func (it *Item) MarshalJSON() ([]byte, error) {
	doc := itemJSON{itemFields: (*itemFields)(it), Want: typed(it.Want), Have: typed(it.Have), Sealed: it.sealed}
	for _, d := range it.Differences {
		doc.Differences = append(doc.Differences, differenceJSON{d.Attr, typed(d.Want), typed(d.Have)})
	}
	return json.Marshal(doc)
}

// UnmarshalJSON reads the form of plan files.
func (it *Item) UnmarshalJSON(data []byte) error {
	*it = Item{}
	doc := itemJSON{itemFields: (*itemFields)(it)}
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	d := valueDecoder{addr: it.Addr}
	it.Want, it.Have, it.sealed = d.value(doc.Want), d.value(doc.Have), doc.Sealed
	for _, diff := range doc.Differences {
		it.Differences = append(it.Differences, Difference{diff.Attr, d.value(diff.Want), d.value(diff.Have)})
	}
	return d.err
}

func typed(v cty.Value) json.RawMessage {
	data, err := ctyjson.Marshal(v, cty.DynamicPseudoType)
	if err != nil {
		panic(err) // values of a plan are known and without marks: [conform]
	}
	return data
}

// valueDecoder decodes typed values and keeps the first error.
type valueDecoder struct {
	addr dsl.Addr
	err  error
}

func (d *valueDecoder) value(data json.RawMessage) cty.Value {
	v, err := ctyjson.Unmarshal(data, cty.DynamicPseudoType)
	if err == nil && !v.IsWhollyKnown() {
		err = errors.New("a value is not known")
	}
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("%s: %w", d.addr, err)
	}
	return v
}

// Withheld returns the item without the values that must not be shown: null is in their
// place. All that is saved or shown of an item is made from it.
func (it *Item) Withheld() *Item {
	if len(it.Sensitive) == 0 {
		return it
	}
	c := *it
	c.Want, c.Have = blank(it.Want, it.Sensitive), blank(it.Have, it.Sensitive)
	c.Differences = slices.Clone(it.Differences)
	for i, d := range c.Differences {
		if slices.Contains(it.Sensitive, d.Attr) {
			c.Differences[i] = Difference{Attr: d.Attr, Want: cty.NullVal(d.Want.Type()), Have: cty.NullVal(d.Have.Type())}
		}
	}
	return &c
}

// Wanted returns the names of the attributes that the configuration decides on, sorted;
// also of those whose value a saved plan leaves out.
func (it *Item) Wanted() []string {
	var names []string
	for name := range it.Want.Type().AttributeTypes() {
		if _, sealed := it.sealed[name]; sealed || !it.Want.GetAttr(name).IsNull() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// After is what the image will hold: the wanted value with, for attributes that the author leaves
// open, what is there already. Null: nothing.
func (it *Item) After() cty.Value {
	if it.Absent {
		return cty.NullVal(it.Want.Type())
	}
	attrs := it.Want.AsValueMap()
	for name, v := range attrs {
		if v.IsNull() {
			attrs[name] = valueOf(it.Have, name)
		}
	}
	return cty.ObjectVal(attrs)
}

// Withhold returns a text about the item, or a replacement if it quotes a sensitive
// value.
func (it *Item) Withhold(text string) string { return withhold(it.Sensitive, it.Want, text) }

// Text is an attribute's value for a message: JSON, shortened, and hidden if it
// must not be shown.
func (it *Item) Text(attr string, v cty.Value) string {
	if slices.Contains(it.Sensitive, attr) {
		return "(sensitive value)"
	}
	const limit = 200
	text := []rune(string(canonical(v)))
	if len(text) > limit {
		return string(text[:limit]) + "…"
	}
	return string(text)
}
