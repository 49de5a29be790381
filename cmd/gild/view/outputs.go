package view

import (
	"encoding/json"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/dsl"
)

// OutputValue is the JSON form of an output.
type OutputValue struct {
	Sensitive   bool                    `json:"sensitive"`
	Known       bool                    `json:"known"`
	Description string                  `json:"description,omitempty"`
	Type        json.RawMessage         `json:"type"`
	Value       ctyjson.SimpleJSONValue `json:"value"` // null: sensitive, or known after apply
}

// NewOutputs puts outputs into that form, by their names.
func NewOutputs(outputs []dsl.Output) (map[string]OutputValue, error) {
	all := make(map[string]OutputValue, len(outputs))
	for _, o := range outputs {
		plain, _ := o.Value.UnmarkDeep()
		typ, err := ctyjson.MarshalType(plain.Type())
		if err != nil {
			return nil, err
		}
		one := OutputValue{Sensitive: o.Sensitive, Known: plain.IsWhollyKnown(), Description: o.Description, Type: typ}
		if o.Sensitive || !one.Known {
			plain = cty.NullVal(cty.DynamicPseudoType)
		}
		one.Value.Value = plain
		all[o.Name] = one
	}
	return all, nil
}

// PrintOutputs prints the outputs of a configuration.
func PrintOutputs(s *Screen, outputs []dsl.Output) {
	if len(outputs) == 0 {
		s.Line("The configuration declares no outputs.")
	}
	for _, o := range outputs {
		s.Line(key(o.Name) + " = " + value(o.Value, ""))
	}
}
