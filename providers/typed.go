package providers

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/gildhq/gild/dsl"
)

// Provider returns the kind in terms of cty values instead of V. It panics if the fields of V do
// not fit the schema.
//
// Its functions decode their arguments, and encode their results and what they change through a
// pointer. A value that can't be decoded becomes the function's error; a function without an error
// result panics.
func (t Typed[V]) Provider() *Provider {
	a := adapter{t.Kind, t.Schema, reflect.TypeFor[V]()}
	if t.Check == nil {
		t.Check = func(*V, bool) error { return nil }
	}
	p := &Provider{}
	if err := errors.Join(a.fits(), a.set(reflect.ValueOf(&p.Typed).Elem(), reflect.ValueOf(t))); err != nil {
		panic(fmt.Sprintf("providers: kind %s: %v", t.Kind, err))
	}
	check := p.Check
	p.Check = func(want *cty.Value, absent bool) error {
		if absent {
			*want = keysOf(p.Schema, *want)
		}
		return check(want, absent)
	}
	return p
}

// adapter converts between two types that are equal but for a cty.Value in one where the other has
// V.
type adapter struct {
	kind   string
	schema dsl.Schema
	typed  reflect.Type // V
}

var untyped, failure = reflect.TypeFor[cty.Value](), reflect.TypeFor[error]()

// set copies one value to its counterpart of the other type, converted.
func (a *adapter) set(to, from reflect.Value) error {
	t := to.Type()
	switch {
	case t == from.Type():
		to.Set(from)
		return nil
	case t == a.typed:
		return decode(from.Interface().(cty.Value), to)
	case t == untyped:
		v, err := encode(a.schema, from)
		to.Set(reflect.ValueOf(v))
		return err
	case t.Kind() == reflect.Struct:
		return a.setAll(t.NumField(), to.Field, from.Field)
	case from.IsNil():
		return nil
	case t.Kind() == reflect.Pointer:
		to.Set(reflect.New(t.Elem()))
		return a.set(to.Elem(), from.Elem())
	case t.Kind() == reflect.Slice:
		to.Set(reflect.MakeSlice(t, from.Len(), from.Len()))
		return a.setAll(from.Len(), to.Index, from.Index)
	}
	to.Set(reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value { return a.call(from, t, args) }))
	return nil
}

func (a *adapter) setAll(n int, to, from func(int) reflect.Value) error {
	for i := range n {
		if err := a.set(to(i), from(i)); err != nil {
			return err
		}
	}
	return nil
}

// call calls a function with arguments converted to those of its type t, and returns its results
// converted back.
func (a *adapter) call(f reflect.Value, t reflect.Type, args []reflect.Value) []reflect.Value {
	in, out := zeros(f.Type().In, len(args)), zeros(t.Out, t.NumOut())
	last := len(out) - 1
	fails := last >= 0 && t.Out(last) == failure
	err := a.setAll(len(args), at(in), at(args))
	if err == nil {
		results := f.Call(in)
		if fails {
			err, _ = results[last].Interface().(error)
		}
		if _, parts := PartsOf(err); err == nil || parts {
			err = errors.Join(err, a.changed(args, in))
		}
		if err == nil {
			err = a.setAll(len(out), at(out), at(results))
		}
	}
	switch {
	case err != nil && fails:
		out[last].Set(reflect.ValueOf(err))
	case err != nil:
		panic(fmt.Sprintf("providers: kind %s: a value that was not checked: %v", a.kind, err))
	}
	return out
}

// changed copies back what the function changed through pointers.
func (a *adapter) changed(args, in []reflect.Value) error {
	for i, arg := range args {
		if arg.Type() == reflect.PointerTo(untyped) {
			if err := a.set(arg.Elem(), in[i].Elem()); err != nil {
				return err
			}
		}
	}
	return nil
}

func zeros(t func(int) reflect.Type, n int) []reflect.Value {
	vs := make([]reflect.Value, n)
	for i := range vs {
		vs[i] = reflect.New(t(i)).Elem()
	}
	return vs
}

func at(vs []reflect.Value) func(int) reflect.Value {
	return func(i int) reflect.Value { return vs[i] }
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

// fits returns an error if values of the schema can't be kept in the type.
func (a *adapter) fits() error {
	t, schema := a.typed, a.schema
	switch {
	case t == untyped:
		return nil
	case t.Kind() != reflect.Struct:
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
func decode(v cty.Value, fields reflect.Value) error {
	for f := range fields.Type().Fields() {
		name := f.Tag.Get("cty")
		attr := v.GetAttr(name)
		target := fields.FieldByIndex(f.Index)
		if attr.IsNull() && nullable(f.Type) && f.Type != reflect.TypeFor[cty.Value]() {
			continue
		}
		if err := gocty.FromCtyValue(attr, target.Addr().Interface()); err != nil {
			return &Problem{Attr: name, Summary: "Invalid value", Detail: err.Error() + "."}
		}
	}
	return nil
}

// encode returns the cty value of a struct.
func encode(schema dsl.Schema, fields reflect.Value) (cty.Value, error) {
	values := map[string]cty.Value{}
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
