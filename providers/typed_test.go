package providers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
)

type lamp struct {
	Name   string            `cty:"name"`
	Watts  *int              `cty:"watts"`
	Colors []string          `cty:"colors"`
	Tags   []string          `cty:"tags"`
	Labels map[string]string `cty:"labels"`
	Any    cty.Value         `cty:"any"`
}

func lampKind() Typed[lamp] {
	return Typed[lamp]{
		Kind: "lamp", Doc: "A lamp.", Phase: PhaseFile,
		Schema: dsl.Schema{
			{Name: "name", Type: cty.String, Doc: "Name.", Key: true, Required: true},
			{Name: "watts", Type: cty.Number, Doc: "Power."},
			{Name: "colors", Type: cty.List(cty.String), Doc: "Colors."},
			{Name: "tags", Type: cty.Set(cty.String), Doc: "Tags."},
			{Name: "labels", Type: cty.Map(cty.String), Doc: "Labels."},
			{Name: "any", Type: cty.DynamicPseudoType, Doc: "Any."},
		},
		Read: func(_ context.Context, _ image.Session, want lamp) (*lamp, error) {
			if want.Name == "off" {
				return nil, nil
			}
			return &want, nil
		},
		Ways: []TypedWay[lamp]{{Name: "offline", Effect: Now("offline"), Needs: []image.Capability{image.CanFiles},
			Apply: func(context.Context, image.Session, Host, TypedChange[lamp]) error { return nil }}},
	}
}

func fullLamp(name string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"name":   cty.StringVal(name),
		"watts":  cty.NumberIntVal(60),
		"colors": cty.ListVal([]cty.Value{cty.StringVal("red")}),
		"tags":   cty.SetVal([]cty.Value{cty.StringVal("new")}),
		"labels": cty.MapVal(map[string]cty.Value{"a": cty.StringVal("b")}),
		"any":    cty.TupleVal([]cty.Value{cty.True, cty.Zero}),
	})
}

func TestTypedRoundTrip(t *testing.T) {
	kind := lampKind()
	p := kind.Provider()
	bare := keysOf(kind.Schema, fullLamp("bare"))
	for _, want := range []cty.Value{fullLamp("full"), bare} {
		have, err := p.Read(t.Context(), nil, want)
		if err != nil || !have.RawEquals(want) {
			t.Errorf("read %#v, %v, want %#v", have, err, want)
		}
		checked, err := p.Check(want, false)
		if err != nil || !checked.RawEquals(want) {
			t.Errorf("checked %#v, %v, want %#v", checked, err, want)
		}
	}
	if have, err := p.Read(t.Context(), nil, fullLamp("off")); err != nil || !have.IsNull() || !have.Type().Equals(kind.Schema.ObjectType()) {
		t.Errorf("not there: %#v, %v", have, err)
	}
	absent, err := p.Check(fullLamp("bare"), true)
	if err != nil || !absent.RawEquals(bare) {
		t.Errorf("absent: %#v, %v, want %#v", absent, err, bare)
	}
}

func TestTypedProblem(t *testing.T) {
	p := lampKind().Provider()
	values := fullLamp("x").AsValueMap()
	values["watts"] = cty.NumberFloatVal(1.5)
	_, err := p.Check(cty.ObjectVal(values), false)
	var problem *Problem
	if !errors.As(err, &problem) || problem.Attr != "watts" {
		t.Errorf("half a watt: %v", err)
	}
}

func TestTypedMisfit(t *testing.T) {
	misfit := func(schema dsl.Schema) (message string) {
		defer func() { message = fmt.Sprint(recover()) }()
		kind := lampKind()
		kind.Schema = schema
		kind.Provider()
		return ""
	}
	schema := lampKind().Schema
	for want, broken := range map[string]dsl.Schema{
		`"extra"`:                  append(schema[:len(schema):len(schema)], dsl.Attr{Name: "extra", Type: cty.String}),
		`"any"`:                    schema[:len(schema)-1],
		"Name can't be null":       append(dsl.Schema{{Name: "name", Type: cty.String}}, schema[1:]...),
		"the mark Applies":         append(schema[:len(schema)-1:len(schema)-1], func() dsl.Attr { a := schema[len(schema)-1]; a.Applies = true; return a }()),
		"key that may be left out": append(dsl.Schema{{Name: "name", Type: cty.String, Key: true}}, schema[1:]...),
	} {
		if got := misfit(broken); !strings.Contains(got, want) {
			t.Errorf("panic %q does not say %q", got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := Validate([]*Provider{lampKind().Provider()}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want  string
		spoil func(p *Provider)
	}{
		{"not an identifier", func(p *Provider) { p.Kind = "Lamp" }},
		{"means something else", func(p *Provider) { p.Kind = "image" }},
		{"no Doc", func(p *Provider) { p.Doc = "" }},
		{"no Phase", func(p *Provider) { p.Phase = 0 }},
		{"no Read", func(p *Provider) { p.Read = nil }},
		{"no Ways", func(p *Provider) { p.Ways = nil }},
		{"no Needs", func(p *Provider) { p.Ways[0].Needs = nil }},
		{"no Effect", func(p *Provider) { p.Ways[0].Effect = Effect{} }},
		{"no Apply", func(p *Provider) { p.Ways[0].Apply = nil }},
		{"no name of its own", func(p *Provider) { p.Ways = append(p.Ways, p.Ways[0]) }},
		{"is a Key", func(p *Provider) { p.Schema[0].Key = false }},
		{`attribute "watts": no Doc`, func(p *Provider) { p.Schema[1].Doc = "" }},
		{`attribute "watts": no Type`, func(p *Provider) { p.Schema[1].Type = cty.NilType }},
		{"is there twice", func(p *Provider) { p.Schema[1].Name = "name" }},
		{"argument of this name", func(p *Provider) { p.Schema[1].Name = "ensure" }},
		{"Default is not of the Type", func(p *Provider) { p.Schema[1].Default = cty.True }},
		{"not one of the Values", func(p *Provider) {
			p.Schema[0].Required = false
			p.Schema[0].Default, p.Schema[0].Values = cty.StringVal("c"), []string{"a"}
		}},
		{"FilesOf names no payload", func(p *Provider) { p.Schema[1].FilesOf = "name" }},
		{"column 1 is there twice", func(p *Provider) { p.Schema[0].Column, p.Schema[1].Column = 1, 1 }},
		{"Values are for strings", func(p *Provider) { p.Schema[1].Values = []string{"a"} }},
		{"can't be Required", func(p *Provider) { p.Schema[1].Computed, p.Schema[1].Required = true, true }},
		{`attribute "watts": attribute "x": no Doc`, func(p *Provider) {
			p.Schema[1].Nested = dsl.Schema{{Name: "x", Type: cty.String}}
		}},
	}
	for _, tt := range tests {
		p := lampKind().Provider()
		tt.spoil(p)
		if err := Validate([]*Provider{p}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	p := lampKind().Provider()
	if err := Validate([]*Provider{p, p, nil}); err == nil || !strings.Contains(err.Error(), "list twice") || !strings.Contains(err.Error(), "nil") {
		t.Errorf("the same kind twice: %v", err)
	}
}

func TestProblems(t *testing.T) {
	a, b := &Problem{Attr: "a"}, &Problem{Attr: "b"}
	if got := Problems(errors.Join(a, errors.Join(b, nil))); len(got) != 2 || got[0] != error(a) || got[1] != error(b) {
		t.Errorf("taken apart: %v", got)
	}
	if got := Problems(nil); got != nil {
		t.Errorf("no error: %v", got)
	}
}
