package planner_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/planner"
	"github.com/gildhq/gild/planner/plantest"
	"github.com/gildhq/gild/providers"
)

// TestProblemsWithhold: what a kind says about a value is not shown where it
// quotes a sensitive one.
func TestProblemsWithhold(t *testing.T) {
	for name, wrong := range map[string]func(value string) error{
		"problem": func(v string) error {
			return &providers.Problem{Attr: "value", Summary: "Invalid value", Detail: fmt.Sprintf("%q is not one.", v)}
		},
		"error": func(v string) error { return errors.New("no file " + strings.ToUpper(v)) },
	} {
		t.Run(name, func(t *testing.T) {
			in, diags := plantest.Load(t, module(t, `
  setting "a" {
    name  = "a"
    value = sensitive("hunter2")
  }
  setting "b" {
    name  = "b"
    value = "plain"
  }
`))
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			for _, p := range in.Providers {
				p.Check = func(want *cty.Value, _ bool) error { return wrong(want.GetAttr("value").AsString()) }
			}
			text := diagText(planner.Check(t.Context(), in))
			if strings.Contains(strings.ToLower(text), "hunter2") || !strings.Contains(text, `sensitive argument "value"`) {
				t.Errorf("the secret is told:\n%s", text)
			}
			if !strings.Contains(strings.ToLower(text), "plain") {
				t.Errorf("what is not secret is withheld:\n%s", text)
			}
		})
	}
}

// TestConflictWithholds: two resources that decide on a secret thing.
func TestConflictWithholds(t *testing.T) {
	in, diags := plantest.Load(t, module(t, `
  setting "a" {
    name = sensitive("hunter2")
  }
  setting "b" {
    name = sensitive("hunter2")
  }
`))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	text := diagText(planner.Check(t.Context(), in))
	if strings.Contains(strings.ToLower(text), "hunter2") || !strings.Contains(text, "both decide on the same thing") {
		t.Errorf("got %s", text)
	}
}
