package censor_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/executor/censor"
	"github.com/gildhq/gild/planner"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		secrets          []string
	}{
		{"none", "a.b", "a.b", nil},
		{"empty", "a.b", "a.b", []string{""}},
		{"plain", "user hunter2!", "user (sensitive value)!", []string{"hunter2"}},
		{"any case", "HUNTER2", "(sensitive value)", []string{"Hunter2"}},
		{"the longest first", "hunter2hunter", "(sensitive value)", []string{"hunter", "hunter2hunter"}},
		{"signs of patterns", "a.c abc $1", "(sensitive value) abc $1", []string{"a.c"}},
		{"short, a word", "123 of 9123 in x123", "(sensitive value) of 9123 in x123", []string{"123"}},
		{"too short", "a of 12", "a of 12", []string{"a", "12"}},
		{"short, no word", "p@ss", "p(sensitive value)", []string{"@ss"}},
		{"quoted", `say "a\\b\"c"`, `say "(sensitive value)"`, []string{`a\b"c`}},
		{"as in JSON", `{"x":"a\u003cb"}`, `{"x":"(sensitive value)"}`, []string{"a<b"}},
		{"a line of several", "second line", "(sensitive value)", []string{"first line\r\nsecond line\r\n"}},
		{"a long one", "x " + strings.Repeat("0123456789", 200), "x (sensitive value)" + strings.Repeat("0123456789", 200)[1024:], []string{strings.Repeat("0123456789", 1000)}},
		{"Unicode", "grüße x", "(sensitive value) x", []string{"GRÜßE"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c censor.Censor
			c.Add(tt.secrets...)
			if got := c.Text(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAddPlan(t *testing.T) {
	object := func(secret cty.Value) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"secrets": secret, "value": cty.StringVal("public")})
	}
	var c censor.Censor
	c.AddPlan(&planner.Plan{Images: []*planner.Image{{Items: []*planner.Item{
		{Addr: dsl.Addr{Image: "a", Kind: "k", Name: "n"}, Sensitive: []string{"secrets", "gone"},
			Want: object(cty.MapVal(map[string]cty.Value{"x": cty.StringVal("wanted"), "n": cty.StringVal("4711")})),
			Have: object(cty.TupleVal([]cty.Value{cty.StringVal("there"), cty.NumberIntVal(8150), cty.NullVal(cty.String)}))},
		{Want: object(cty.StringVal("public, too")), Have: cty.NullVal(cty.DynamicPseudoType), Sensitive: []string{"secrets"}},
	}}}})
	const text = "wanted 4711 there 8150 public, too public"
	if got := c.Text(text); got != strings.Repeat("(sensitive value) ", 5)+"public" {
		t.Errorf("got %q", got)
	}
}

type words []string

func (w words) String() string { return strings.Join(w, "+") }

func TestSink(t *testing.T) {
	var c censor.Censor
	c.Add("hunter2")
	var out strings.Builder
	log := hclog.NewInterceptLogger(&hclog.LoggerOptions{Level: hclog.Off})
	log.RegisterSink(c.Sink(hclog.NewSinkAdapter(&hclog.LoggerOptions{Output: &out, Level: hclog.Trace, JSONFormat: true, DisableTime: true})))
	log.Named("dism").With("with", "x hunter2").Trace("a hunter2", "error", errors.New("of hunter2"), "list", []string{"a", "hunter2"},
		"words", words{"hunter2"}, "n", 7, "ok", true, "none", nil, "took", 1500*time.Millisecond, "pair", struct{ A, B string }{"hunter2", "b"})
	got := out.String()
	if strings.Contains(got, "hunter2") || strings.Count(got, censor.Stand) != 6 {
		t.Error(got)
	}
	for _, want := range []string{`"n":7`, `"ok":true`, `"took":"1.5s"`, `"@module":"dism"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}
