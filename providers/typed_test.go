package providers

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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
			Apply: Each(func(context.Context, image.Session, Host, TypedChange[lamp]) error { return nil })}},
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
		have, err := p.Found(t.Context(), nil, want)
		if err != nil || !have.RawEquals(want) {
			t.Errorf("read %#v, %v, want %#v", have, err, want)
		}
		checked, err := p.Checked(want, false)
		if err != nil || !checked.RawEquals(want) {
			t.Errorf("checked %#v, %v, want %#v", checked, err, want)
		}
	}
	if have, err := p.Found(t.Context(), nil, fullLamp("off")); err != nil || !have.IsNull() || !have.Type().Equals(kind.Schema.ObjectType()) {
		t.Errorf("not there: %#v, %v", have, err)
	}
	absent, err := p.Checked(fullLamp("bare"), true)
	if err != nil || !absent.RawEquals(bare) {
		t.Errorf("absent: %#v, %v, want %#v", absent, err, bare)
	}
}

func TestTypedProblem(t *testing.T) {
	p := lampKind().Provider()
	values := fullLamp("x").AsValueMap()
	values["watts"] = cty.NumberFloatVal(1.5)
	_, err := p.Checked(cty.ObjectVal(values), false)
	var problem *Problem
	if !errors.As(err, &problem) || problem.Attr != "watts" {
		t.Errorf("half a watt: %v", err)
	}
}

// TestTypedFunctions: all functions of a kind and its ways get what theirs with cty values
// get, whatever is added to them.
func TestTypedFunctions(t *testing.T) {
	full := lamp{Name: "full", Watts: new(60), Colors: []string{"red"}, Tags: []string{"new"},
		Labels: map[string]string{"a": "b"}, Any: cty.TupleVal([]cty.Value{cty.True, cty.Zero})}
	value := fullLamp("full")
	typed := map[reflect.Type]any{
		reflect.TypeFor[lamp](): full, reflect.TypeFor[*lamp](): &full, reflect.TypeFor[[]lamp](): []lamp{full, full},
		reflect.TypeFor[TypedChange[lamp]]():   TypedChange[lamp]{Action: Update, Want: full, Have: &full},
		reflect.TypeFor[[]TypedChange[lamp]](): []TypedChange[lamp]{{Action: Create, Want: full}},
	}
	given := map[reflect.Type]any{
		reflect.TypeFor[cty.Value](): value, reflect.TypeFor[*cty.Value](): &value, reflect.TypeFor[[]cty.Value](): []cty.Value{value, value},
		reflect.TypeFor[Change]():   Change{Action: Update, Want: value, Have: &value},
		reflect.TypeFor[[]Change](): []Change{{Action: Create, Want: value}},
	}
	called := ""
	spy := func(name string, f reflect.Value) {
		f.Set(reflect.MakeFunc(f.Type(), func(args []reflect.Value) []reflect.Value {
			called = name
			for _, arg := range args {
				if want, ok := typed[arg.Type()]; ok && !reflect.DeepEqual(arg.Interface(), want) {
					t.Errorf("%s got %#v, want %#v", name, arg, want)
				}
			}
			return zeros(f.Type().Out, f.Type().NumOut())
		}))
	}
	kind := lampKind()
	functions(reflect.ValueOf(&kind).Elem(), spy)
	functions(reflect.ValueOf(&kind.Ways[0]).Elem(), spy)
	p := kind.Provider()
	n := 0
	call := func(name string, f reflect.Value) {
		args := zeros(f.Type().In, f.Type().NumIn())
		for i := range args {
			if v, ok := given[args[i].Type()]; ok {
				args[i] = reflect.ValueOf(v)
			}
		}
		if f.Call(args); called != name {
			t.Errorf("%s calls %q", name, called)
		}
		called = ""
		n++
	}
	functions(reflect.ValueOf(&p.Typed).Elem(), call)
	functions(reflect.ValueOf(&p.Ways[0]).Elem(), call)
	if n < 20 {
		t.Errorf("there are only %d functions", n)
	}
}

// functions calls do with all fields of a struct that are functions.
func functions(fields reflect.Value, do func(name string, f reflect.Value)) {
	for i := range fields.NumField() {
		if name := fields.Type().Field(i).Name; fields.Field(i).Kind() == reflect.Func && name != "Appendix" {
			do(name, fields.Field(i))
		}
	}
}

// TestTypedResults: what a function returns, or changes through a pointer, is encoded; of one
// that fails only if all that is wrong is about parts.
func TestTypedResults(t *testing.T) {
	kind := lampKind()
	kind.List = func(context.Context, image.Session) ([]lamp, error) { return []lamp{{Name: "a"}, {Name: "b"}}, nil }
	kind.Makes = func(of any) *lamp {
		if _, ok := of.(string); !ok {
			return nil
		}
		return &lamp{Name: of.(string), Watts: new(5)}
	}
	failing := map[string]error{"part": &Problem{Part: "x"}, "whole": &Problem{Attr: "name"}}
	kind.Resolve = func(_ context.Context, _ Host, want *lamp) error {
		of := want.Name
		want.Watts = new(1)
		return failing[of]
	}
	p := kind.Provider()
	if list, err := p.List(t.Context(), nil); err != nil || len(list) != 2 || list[1].GetAttr("name").AsString() != "b" {
		t.Errorf("lists %#v, %v", list, err)
	}
	if of, attrs := Made([]*Provider{p}, nil, Child{Of: "new"}); of != p || len(attrs) != 2 || !attrs["watts"].RawEquals(cty.NumberIntVal(5)) {
		t.Errorf("makes %#v", attrs)
	}
	if of, _ := Made([]*Provider{p}, nil, Child{Of: 7}); of != nil {
		t.Error("it makes a number")
	}
	for name, watts := range map[string]int64{"good": 1, "part": 1, "whole": 60} {
		got, err := p.Resolved(t.Context(), nil, fullLamp(name))
		if want := failing[name]; !errors.Is(err, want) || (err == nil) != (want == nil) || !got.GetAttr("watts").RawEquals(cty.NumberIntVal(watts)) {
			t.Errorf("%s is resolved to %#v, %v", name, got, err)
		}
	}
}

// TestTypedUnchecked: a value that does not fit is the error of a function, or a panic of
// one that returns none.
func TestTypedUnchecked(t *testing.T) {
	kind := lampKind()
	kind.Facts = func(lamp) []Fact { return nil }
	p := kind.Provider()
	values := fullLamp("x").AsValueMap()
	values["watts"] = cty.NumberFloatVal(1.5)
	wrong := cty.ObjectVal(values)
	if _, err := p.Read(t.Context(), nil, wrong); err == nil {
		t.Error("it is read")
	}
	if err := p.Ways[0].Apply(t.Context(), nil, nil, []Change{{Want: fullLamp("y"), Have: &wrong}}); err == nil {
		t.Error("it is applied")
	}
	defer func() {
		if message := fmt.Sprint(recover()); !strings.Contains(message, "kind lamp: a value that was not checked") {
			t.Error(message)
		}
	}()
	p.Facts(wrong)
}

// TestParts: what attributes with the mark Parts hold of a value's parts.
func TestParts(t *testing.T) {
	kind := lampKind()
	if kind.Provider().HasParts() {
		t.Error("it has parts")
	}
	kind.Schema.Attr("labels").Parts = true
	p := kind.Provider()
	values := fullLamp("x").AsValueMap()
	labels := func(names ...string) cty.Value {
		m := map[string]cty.Value{}
		for _, n := range names {
			m[n] = cty.StringVal(n)
		}
		values["labels"] = cty.MapValEmpty(cty.String)
		if len(m) > 0 {
			values["labels"] = cty.MapVal(m)
		}
		return cty.ObjectVal(values)
	}
	all := labels("a", "b", "c")
	for _, tt := range []struct{ got, want cty.Value }{
		{p.Only(all, "b"), labels("b")},
		{p.Only(all, "x"), labels()},
		{p.Without(all, []string{"a", "c"}), labels("b")},
		{p.Without(all, nil), all},
		{p.Only(keysOf(kind.Schema, all), "a"), keysOf(kind.Schema, all)},
	} {
		if !tt.got.RawEquals(tt.want) {
			t.Errorf("%#v, want %#v", tt.got, tt.want)
		}
	}
	if !p.HasParts() {
		t.Error("it has no parts")
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

func TestProblems(t *testing.T) {
	a, b := &Problem{Attr: "a"}, &Problem{Attr: "b"}
	if got := Problems(errors.Join(a, errors.Join(b, nil))); len(got) != 2 || got[0] != error(a) || got[1] != error(b) {
		t.Errorf("taken apart: %v", got)
	}
	if got := Problems(nil); got != nil {
		t.Errorf("no error: %v", got)
	}
}
