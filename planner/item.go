package planner

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// itemJSON is the form of an item in a plan file. Values carry their types.
type itemJSON struct {
	Addr        dsl.Addr          `json:"addr"`
	Absent      bool              `json:"absent,omitempty"`
	Action      providers.Action  `json:"action"`
	Want        json.RawMessage   `json:"want"`
	Have        json.RawMessage   `json:"have"`
	Differences []differenceJSON  `json:"differences,omitempty"`
	Sensitive   []string          `json:"sensitive,omitempty"`
	Sealed      map[string]string `json:"sealed,omitempty"`
	Phase       providers.Phase   `json:"phase"`
	DependsOn   []dsl.Addr        `json:"depends_on,omitempty"`
	Skip        bool              `json:"skip,omitempty"`
	Waits       bool              `json:"waits,omitempty"`
	Place       Place             `json:"place"`
	Own         bool              `json:"own,omitempty"`
	Effect      string            `json:"effect,omitempty"`
	Lacks       []Lack            `json:"lacks,omitempty"`
	Thing       string            `json:"thing"`
}

type differenceJSON struct {
	Attr string          `json:"attr"`
	Want json.RawMessage `json:"want"`
	Have json.RawMessage `json:"have"`
}

// MarshalJSON gives the form of plan files. Use [NewDocument] for other programs.
func (it *Item) MarshalJSON() ([]byte, error) {
	doc := itemJSON{
		Addr: it.Addr, Absent: it.Absent, Action: it.Action, Sensitive: it.Sensitive, Sealed: it.sealed,
		Phase: it.Phase, DependsOn: it.DependsOn, Skip: it.Skip, Waits: it.Waits, Place: it.Place, Own: it.Own, Effect: it.Effect, Lacks: it.Lacks, Thing: it.Thing,
		Want: typed(it.Want), Have: typed(it.Have),
	}
	for _, d := range it.Differences {
		doc.Differences = append(doc.Differences, differenceJSON{d.Attr, typed(d.Want), typed(d.Have)})
	}
	return json.Marshal(doc)
}

// UnmarshalJSON reads the form of plan files.
func (it *Item) UnmarshalJSON(data []byte) error {
	var doc itemJSON
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	*it = Item{
		Addr: doc.Addr, Absent: doc.Absent, Action: doc.Action, Sensitive: doc.Sensitive, sealed: doc.Sealed,
		Phase: doc.Phase, DependsOn: doc.DependsOn, Skip: doc.Skip, Waits: doc.Waits, Place: doc.Place, Own: doc.Own, Effect: doc.Effect, Lacks: doc.Lacks, Thing: doc.Thing,
	}
	d := valueDecoder{addr: doc.Addr}
	it.Want, it.Have = d.value(doc.Want), d.value(doc.Have)
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
