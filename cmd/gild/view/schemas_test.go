package view

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/operation"
)

// TestSchemas holds that every attribute of every kind is there once, with what it means.
func TestSchemas(t *testing.T) {
	kinds := operation.Kinds()
	s, err := NewSchemas("1", kinds)
	if err != nil || len(s.Resources) != len(kinds) {
		t.Fatal(len(s.Resources), err)
	}
	for _, p := range kinds {
		block := s.Resources[p.Kind].Block
		if n := len(block.Attributes) + len(block.BlockTypes); n != len(p.Schema) || block.Description == "" {
			t.Errorf("%s: %d of %d attributes", p.Kind, n, len(p.Schema))
		}
		for name, a := range block.Attributes {
			if a.Description == "" || string(a.Type) == "" || a.Required && a.Optional {
				t.Errorf("%s.%s: %+v", p.Kind, name, a)
			}
		}
	}
	level := s.Resources["registry"].Block.Attributes["key"]
	if string(level.Type) != `"string"` || !level.Required || !level.Identifies {
		t.Errorf("registry.key: %+v", level)
	}
}

// TestNestedBlocks holds the form of what is written as blocks.
func TestNestedBlocks(t *testing.T) {
	b, err := newBlock(dsl.Schema{{Name: "entry", Doc: "An entry.", Required: true, Nested: dsl.Schema{{Name: "of", Type: cty.List(cty.String), Doc: "Texts."}}}})
	if err != nil {
		t.Fatal(err)
	}
	entry, ok := b.BlockTypes["entry"]
	if !ok || len(b.Attributes) != 0 || entry.NestingMode != "list" || entry.MinItems != 1 || entry.Block.Description != "An entry." {
		t.Fatalf("got %+v", b)
	}
	if of := entry.Block.Attributes["of"]; string(of.Type) != `["list","string"]` || !of.Optional {
		t.Errorf("got %+v", of)
	}
}
