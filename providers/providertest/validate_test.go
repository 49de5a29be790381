package providertest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
	"github.com/gildhq/gild/providers/providertest"
)

type light struct {
	Name  string `cty:"name"`
	Watts *int   `cty:"watts"`
}

// lamp is a kind with no fault.
func lamp() *providers.Provider {
	return providers.Typed[light]{
		Kind: "lamp", Doc: "A lamp.", Phase: providers.PhaseFile,
		Schema: dsl.Schema{
			{Name: "name", Type: cty.String, Doc: "Name.", Key: true, Required: true},
			{Name: "watts", Type: cty.Number, Doc: "Power."},
		},
		Read: func(_ context.Context, _ image.Session, want light) (*light, error) { return &want, nil },
		Ways: []providers.TypedWay[light]{{Name: "offline", Effect: providers.Now("offline"), Needs: []image.Capability{image.CanFiles},
			Apply: providers.Each(func(context.Context, image.Session, providers.Host, providers.TypedChange[light]) error { return nil })}},
	}.Provider()
}

func TestValidate(t *testing.T) {
	if err := providertest.Validate([]*providers.Provider{lamp()}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want  string
		spoil func(p *providers.Provider)
	}{
		{"not an identifier", func(p *providers.Provider) { p.Kind = "Lamp" }},
		{"means something else", func(p *providers.Provider) { p.Kind = "image" }},
		{"no Doc", func(p *providers.Provider) { p.Doc = "" }},
		{"no Phase", func(p *providers.Provider) { p.Phase = 0 }},
		{"no Read", func(p *providers.Provider) { p.Read = nil }},
		{"no Ways", func(p *providers.Provider) { p.Ways = nil }},
		{"no Needs", func(p *providers.Provider) { p.Ways[0].Needs = nil }},
		{"no Effect", func(p *providers.Provider) { p.Ways[0].Effect = providers.Effect{} }},
		{"no Apply", func(p *providers.Provider) { p.Ways[0].Apply = nil }},
		{"no name of its own", func(p *providers.Provider) { p.Ways = append(p.Ways, p.Ways[0]) }},
		{"is a Key", func(p *providers.Provider) { p.Schema[0].Key = false }},
		{`attribute "watts": no Doc`, func(p *providers.Provider) { p.Schema[1].Doc = "" }},
		{`attribute "watts": no Type`, func(p *providers.Provider) { p.Schema[1].Type = cty.NilType }},
		{"is there twice", func(p *providers.Provider) { p.Schema[1].Name = "name" }},
		{"argument of this name", func(p *providers.Provider) { p.Schema[1].Name = "ensure" }},
		{"Default is not of the Type", func(p *providers.Provider) { p.Schema[1].Default = cty.True }},
		{"not one of the Values", func(p *providers.Provider) {
			p.Schema[0].Required = false
			p.Schema[0].Default, p.Schema[0].Values = cty.StringVal("c"), []string{"a"}
		}},
		{"FilesOf names no payload", func(p *providers.Provider) { p.Schema[1].FilesOf = "name" }},
		{"column 1 is there twice", func(p *providers.Provider) { p.Schema[0].Column, p.Schema[1].Column = 1, 1 }},
		{"Values are for strings", func(p *providers.Provider) { p.Schema[1].Values = []string{"a"} }},
		{"can't be Required", func(p *providers.Provider) { p.Schema[1].Computed, p.Schema[1].Required = true, true }},
		{`attribute "watts": attribute "x": no Doc`, func(p *providers.Provider) {
			p.Schema[1].Nested = dsl.Schema{{Name: "x", Type: cty.String}}
		}},
	}
	for _, tt := range tests {
		p := lamp()
		tt.spoil(p)
		if err := providertest.Validate([]*providers.Provider{p}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	p := lamp()
	if err := providertest.Validate([]*providers.Provider{p, p, nil}); err == nil || !strings.Contains(err.Error(), "list twice") || !strings.Contains(err.Error(), "nil") {
		t.Errorf("the same kind twice: %v", err)
	}
}
