package providers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
)

// Typed is a kind written with a Go struct instead of cty values. T has a field
// for every attribute of the schema, with its name in a tag: `cty:"start"`. An
// attribute that is not a key may be null, so its field is a pointer, a slice, a
// map or a cty.Value; nil is null. A key field is plain unless it may be left out.
//
// The functions are those of [Provider]. T is given to them by pointer where
// they may change it. For a resource that shall be absent only the key fields
// are filled, whatever else the author wrote.
type Typed[T any] struct {
	Kind, Doc string
	Singleton bool
	Schema    dsl.Schema
	Phase     Phase
	Ordered   bool
	Revision  int
	Temporary string

	PhaseOf func(want T, absent bool) Phase
	Check   func(want *T, absent bool) error
	Claims  func(want T, absent bool) []Claim
	Resets  func(want T, absent bool) []Reset
	Facts   func(want T) []Fact
	Expand  func(want T, absent bool) ([]Child, error)
	Makes   func(of any) *T
	Resolve func(ctx context.Context, host Host, want *T) error
	Read    func(ctx context.Context, s image.Session, want T) (*T, error) // nil: not there
	Warn    func(ctx context.Context, s image.Session, around Around, want T, absent bool) ([]*Problem, error)
	File    func(host Host, want T, name string) ([]byte, error)
	Value   func(want T) (*image.Value, error)
	Keep    func(want *T, part func(name string) bool) // leaves of a value only some parts
	Compare func(wants []T) map[int][]*Problem
	Ways    []TypedWay[T]
	Again   func(want T, earlier []Earlier) string
	Waits   func(have T) bool
	List    func(ctx context.Context, s image.Session) ([]T, error)
}

// TypedWay is a [Way]: it has either Apply, which makes one change at a time, or
// ApplyAll, which makes all neighbouring changes of the kind at once.
type TypedWay[T any] struct {
	Name         string
	Effect       Effect
	Needs        []image.Capability
	Check        func(ctx context.Context, s image.Session, c TypedChange[T]) error
	EffectIn     func(ctx context.Context, s image.Session, host Host, c TypedChange[T]) (Effect, error)
	Divide       func(ctx context.Context, s image.Session, host Host, c TypedChange[T]) (Division, error)
	QueuedAt     func(c TypedChange[T]) (QueuePlace, bool)
	Apply        func(ctx context.Context, s image.Session, host Host, c TypedChange[T]) error
	ApplyAll     func(ctx context.Context, s image.Session, host Host, cs []TypedChange[T]) error
	Confirm      func(ctx context.Context, s image.Session, ask Ask, c TypedChange[T]) ([]Doubt, error)
	Irreversible bool
}

// TypedChange is a [Change].
type TypedChange[T any] struct {
	Addr   dsl.Addr
	Action Action
	Want   T
	Have   *T // nil for Create

	Effect  Effect
	Earlier []Earlier
}

// Provider returns the kind. It panics if the fields of T do not fit the schema.
func (t Typed[T]) Provider() *Provider {
	if err := fits(reflect.TypeFor[T](), t.Schema); err != nil {
		panic(fmt.Sprintf("providers: kind %s: %v", t.Kind, err))
	}
	for _, w := range t.Ways {
		if (w.Apply == nil) == (w.ApplyAll == nil) {
			panic(fmt.Sprintf("providers: kind %s: way %q needs either Apply or ApplyAll", t.Kind, w.Name))
		}
	}
	p := &Provider{Kind: t.Kind, Doc: t.Doc, Singleton: t.Singleton, Schema: t.Schema, Phase: t.Phase, Ordered: t.Ordered, Revision: t.Revision, Temporary: t.Temporary, Check: t.check}
	if t.Claims != nil {
		p.Claims = t.claims
	}
	if t.Resets != nil {
		p.Resets = func(want cty.Value, absent bool) []Reset { return t.Resets(must[T](t.Kind, want), absent) }
	}
	if t.Facts != nil {
		p.Facts = func(want cty.Value) []Fact { return t.Facts(must[T](t.Kind, want)) }
	}
	if t.Resolve != nil {
		p.Resolve = t.resolve
	}
	if t.Read != nil {
		p.Read = t.read
	}
	if t.Warn != nil {
		p.Warn = func(ctx context.Context, s image.Session, around Around, want cty.Value, absent bool) ([]*Problem, error) {
			v, err := decode[T](want)
			if err != nil {
				return nil, err
			}
			return t.Warn(ctx, s, around, v, absent)
		}
	}
	if t.File != nil {
		p.File = func(host Host, want cty.Value, name string) ([]byte, error) {
			return t.File(host, must[T](t.Kind, want), name)
		}
	}
	if t.Value != nil {
		p.Value = func(want cty.Value) (*image.Value, error) { return t.Value(must[T](t.Kind, want)) }
	}
	if t.Keep != nil {
		p.Divided = typedParts[T]{t}
	}
	if t.Compare != nil {
		p.Compare = t.compare
	}
	if t.List != nil {
		p.List = t.list
	}
	if t.PhaseOf != nil {
		p.PhaseOf = func(want cty.Value, absent bool) Phase { return t.PhaseOf(must[T](t.Kind, want), absent) }
	}
	if t.Expand != nil {
		p.Expand = func(want cty.Value, absent bool) ([]Child, error) { return t.Expand(must[T](t.Kind, want), absent) }
	}
	if t.Makes != nil {
		p.Makes = t.makes
	}
	if t.Again != nil {
		p.Again = func(want cty.Value, earlier []Earlier) string { return t.Again(must[T](t.Kind, want), earlier) }
	}
	if t.Waits != nil {
		p.Waits = func(have cty.Value) bool { return t.Waits(must[T](t.Kind, have)) }
	}
	for _, w := range t.Ways {
		p.Ways = append(p.Ways, t.way(w))
	}
	return p
}

func (t Typed[T]) check(want cty.Value, absent bool) (cty.Value, error) {
	if absent {
		want = keysOf(t.Schema, want)
	}
	v, err := decode[T](want)
	if err == nil && t.Check != nil {
		err = t.Check(&v, absent)
	}
	if err != nil {
		return want, err
	}
	return encode(t.Schema, v)
}

func (t Typed[T]) claims(want cty.Value, absent bool) []Claim {
	return t.Claims(must[T](t.Kind, want), absent)
}

// makes leaves out what is null.
func (t Typed[T]) makes(of any) map[string]cty.Value {
	v := t.Makes(of)
	if v == nil {
		return nil
	}
	value, err := encode(t.Schema, *v)
	if err != nil {
		panic(fmt.Sprintf("providers: kind %s: %v", t.Kind, err))
	}
	attrs := value.AsValueMap()
	maps.DeleteFunc(attrs, func(_ string, a cty.Value) bool { return a.IsNull() })
	return attrs
}

// must decodes a value that was checked.
func must[T any](kind string, want cty.Value) T {
	v, err := decode[T](want)
	if err != nil {
		panic(fmt.Sprintf("providers: kind %s: a value that was not checked: %v", kind, err))
	}
	return v
}

func (t Typed[T]) resolve(ctx context.Context, host Host, want cty.Value) (cty.Value, error) {
	v, err := decode[T](want)
	if err == nil {
		err = t.Resolve(ctx, host, &v)
	}
	if _, parts := PartsOf(err); err != nil && !parts {
		return want, err
	}
	out, encoding := encode(t.Schema, v)
	return out, errors.Join(err, encoding)
}

func (t Typed[T]) read(ctx context.Context, s image.Session, want cty.Value) (cty.Value, error) {
	null := cty.NullVal(t.Schema.ObjectType())
	v, err := decode[T](want)
	if err != nil {
		return null, err
	}
	have, err := t.Read(ctx, s, v)
	if err != nil || have == nil {
		return null, err
	}
	return encode(t.Schema, *have)
}

func (t Typed[T]) list(ctx context.Context, s image.Session) ([]cty.Value, error) {
	all, err := t.List(ctx, s)
	if err != nil {
		return nil, err
	}
	values := make([]cty.Value, len(all))
	for i, v := range all {
		if values[i], err = encode(t.Schema, v); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func (t Typed[T]) way(w TypedWay[T]) Way {
	way := Way{Name: w.Name, Effect: w.Effect, Needs: w.Needs, Batch: w.ApplyAll != nil, Irreversible: w.Irreversible}
	way.Apply = func(ctx context.Context, s image.Session, host Host, changes []Change) error {
		typed := make([]TypedChange[T], len(changes))
		for i, c := range changes {
			var err error
			if typed[i], err = typedChange[T](c); err != nil {
				return err
			}
		}
		if w.ApplyAll != nil {
			return w.ApplyAll(ctx, s, host, typed)
		}
		for _, c := range typed {
			if err := w.Apply(ctx, s, host, c); err != nil {
				return err
			}
		}
		return nil
	}
	if w.Check != nil {
		way.Check = func(ctx context.Context, s image.Session, c Change) error {
			typed, err := typedChange[T](c)
			if err != nil {
				return err
			}
			return w.Check(ctx, s, typed)
		}
	}
	if w.EffectIn != nil {
		way.EffectIn = func(ctx context.Context, s image.Session, host Host, c Change) (Effect, error) {
			typed, err := typedChange[T](c)
			if err != nil {
				return Effect{}, err
			}
			return w.EffectIn(ctx, s, host, typed)
		}
	}
	if w.Divide != nil {
		way.Divide = func(ctx context.Context, s image.Session, host Host, c Change) (Division, error) {
			typed, err := typedChange[T](c)
			if err != nil {
				return Division{}, err
			}
			return w.Divide(ctx, s, host, typed)
		}
	}
	if w.QueuedAt != nil {
		way.QueuedAt = func(c Change) (QueuePlace, bool) {
			typed, err := typedChange[T](c)
			if err != nil {
				panic(fmt.Sprintf("providers: kind %s: a change that was not checked: %v", t.Kind, err))
			}
			return w.QueuedAt(typed)
		}
	}
	if w.Confirm != nil {
		way.Confirm = func(ctx context.Context, s image.Session, ask Ask, c Change) ([]Doubt, error) {
			typed, err := typedChange[T](c)
			if err != nil {
				return nil, err
			}
			return w.Confirm(ctx, s, ask, typed)
		}
	}
	return way
}

func typedChange[T any](c Change) (TypedChange[T], error) {
	typed := TypedChange[T]{Addr: c.Addr, Action: c.Action, Effect: c.Effect, Earlier: c.Earlier}
	var err error
	if typed.Want, err = decode[T](c.Want); err != nil {
		return typed, err
	}
	if c.Have == cty.NilVal || c.Have.IsNull() {
		return typed, nil
	}
	have, err := decode[T](c.Have)
	typed.Have = &have
	return typed, err
}

// keysOf keeps the key attributes of a value and makes the others null.
func keysOf(schema dsl.Schema, v cty.Value) cty.Value {
	values := map[string]cty.Value{}
	for _, a := range schema {
		values[a.Name] = cty.NullVal(a.ValueType())
		if a.Key {
			values[a.Name] = v.GetAttr(a.Name)
		}
	}
	return cty.ObjectVal(values)
}

// fits tells whether values of the schema can be kept in the struct type.
func fits(t reflect.Type, schema dsl.Schema) error {
	if t.Kind() != reflect.Struct {
		return fmt.Errorf("%v is not a struct", t)
	}
	var errs []error
	tags := map[string]bool{}
	for f := range t.Fields() {
		name := f.Tag.Get("cty")
		a := schema.Attr(name)
		switch {
		case a == nil:
			errs = append(errs, fmt.Errorf("field %s is for an attribute %q that the schema does not have", f.Name, name))
		case a.Applies != (f.Type == reflect.TypeFor[*Applies]() || f.Type == reflect.TypeFor[map[string]Applies]()):
			errs = append(errs, fmt.Errorf("field %s and the mark Applies of its attribute do not go together", f.Name))
		case !a.Key && !nullable(f.Type):
			errs = append(errs, fmt.Errorf("field %s can't be null: make it a pointer", f.Name))
		case a.Key && !a.Required && !nullable(f.Type):
			errs = append(errs, fmt.Errorf("field %s is for a key that may be left out: make it a pointer", f.Name))
		}
		tags[name] = true
	}
	for _, a := range schema {
		if !tags[a.Name] {
			errs = append(errs, fmt.Errorf("no field for the attribute %q", a.Name))
		}
	}
	return errors.Join(errs...)
}

func nullable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return true
	}
	return t == reflect.TypeFor[cty.Value]()
}

// decode fills a struct with the attributes of a value.
func decode[T any](v cty.Value) (T, error) {
	var out T
	fields := reflect.ValueOf(&out).Elem()
	for f := range fields.Type().Fields() {
		name := f.Tag.Get("cty")
		attr := v.GetAttr(name)
		target := fields.FieldByIndex(f.Index)
		if attr.IsNull() && nullable(f.Type) && f.Type != reflect.TypeFor[cty.Value]() {
			continue
		}
		if err := gocty.FromCtyValue(attr, target.Addr().Interface()); err != nil {
			return out, &Problem{Attr: name, Summary: "Invalid value", Detail: err.Error() + "."}
		}
	}
	return out, nil
}

// encode returns the value that a struct stands for.
func encode[T any](schema dsl.Schema, v T) (cty.Value, error) {
	values := map[string]cty.Value{}
	fields := reflect.ValueOf(v)
	for f := range fields.Type().Fields() {
		name := f.Tag.Get("cty")
		field := fields.FieldByIndex(f.Index).Interface()
		if raw, ok := field.(cty.Value); ok && raw == cty.NilVal {
			field = cty.NullVal(cty.DynamicPseudoType)
		}
		value, err := gocty.ToCtyValue(field, schema.Attr(name).ValueType())
		if err != nil {
			return cty.NilVal, fmt.Errorf("attribute %q: %w", name, err)
		}
		values[name] = value
	}
	return cty.ObjectVal(values), nil
}
