package view

import (
	"encoding/json"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

// Schemas is the JSON form of the kinds, which docs/json.md describes. It follows that of
// terraform providers schema.
type Schemas struct {
	FormatVersion string                    `json:"format_version"`
	Gild          string                    `json:"gild"`
	Resources     map[string]ResourceSchema `json:"resource_schemas"`
}

// ResourceSchema is how a block of a kind is written.
type ResourceSchema struct {
	Labels []string `json:"labels"` // none for what an image has once
	Block  Block    `json:"block"`
}

// Block is what a block holds.
type Block struct {
	Description     string               `json:"description,omitempty"`
	DescriptionKind string               `json:"description_kind,omitempty"`
	Attributes      map[string]Attribute `json:"attributes"`
	BlockTypes      map[string]BlockType `json:"block_types"`
}

// BlockType is a block in a block.
type BlockType struct {
	NestingMode string `json:"nesting_mode"` // list
	Block       Block  `json:"block"`
	MinItems    int    `json:"min_items,omitempty"`
}

// Attribute is an argument, or what gild finds out.
type Attribute struct {
	Type            json.RawMessage          `json:"type"`
	Description     string                   `json:"description"`
	DescriptionKind string                   `json:"description_kind"`
	Required        bool                     `json:"required,omitempty"`
	Optional        bool                     `json:"optional,omitempty"`
	Computed        bool                     `json:"computed,omitempty"`
	Sensitive       bool                     `json:"sensitive,omitempty"`
	Identifies      bool                     `json:"identifies,omitempty"`
	Default         *ctyjson.SimpleJSONValue `json:"default,omitempty"`
	Values          []string                 `json:"values,omitempty"`
	Payload         string                   `json:"payload,omitempty"`
}

const inMarkdown = "markdown" // how descriptions are written

// NewSchemas puts kinds into that form.
func NewSchemas(version string, kinds []*providers.Provider) (Schemas, error) {
	s := Schemas{FormatVersion: "1.0", Gild: version, Resources: map[string]ResourceSchema{}}
	for _, p := range kinds {
		block, err := newBlock(p.Schema)
		if err != nil {
			return s, err
		}
		block.Description, block.DescriptionKind = p.Doc, inMarkdown
		one := ResourceSchema{Labels: []string{"name"}, Block: block}
		if p.Singleton {
			one.Labels = []string{}
		}
		s.Resources[p.Kind] = one
	}
	return s, nil
}

func newBlock(schema dsl.Schema) (Block, error) {
	b := Block{Attributes: map[string]Attribute{}, BlockTypes: map[string]BlockType{}}
	for _, a := range schema {
		if a.Nested != nil {
			nested, err := newBlock(a.Nested)
			if err != nil {
				return b, err
			}
			nested.Description, nested.DescriptionKind = a.Doc, inMarkdown
			one := BlockType{NestingMode: "list", Block: nested}
			if a.Required {
				one.MinItems = 1
			}
			b.BlockTypes[a.Name] = one
			continue
		}
		typ, err := ctyjson.MarshalType(a.ValueType())
		if err != nil {
			return b, err
		}
		one := Attribute{
			Type: typ, Description: a.Doc, DescriptionKind: inMarkdown, Required: a.Required, Optional: !a.Required && !a.Computed,
			Computed: a.Computed, Sensitive: a.Sensitive, Identifies: a.Key, Values: a.Values,
			Payload: map[dsl.Payload]string{dsl.PayloadFile: "file", dsl.PayloadPackage: "package", dsl.PayloadSource: "source"}[a.Payload],
		}
		if a.Default != cty.NilVal && !a.Default.IsNull() {
			one.Default = &ctyjson.SimpleJSONValue{Value: a.Default}
		}
		b.Attributes[a.Name] = one
	}
	return b, nil
}
