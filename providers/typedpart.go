package providers

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// typedParts is [Divided] for a kind written with a Go struct.
type typedParts[T any] struct{ Typed[T] }

func (t typedParts[T]) keep(want cty.Value, part func(name string) bool) cty.Value {
	v, err := decode[T](want)
	if err != nil {
		return want // a plan file was changed; who reads it says what is wrong
	}
	t.Keep(&v, part)
	out, err := encode(t.Schema, v)
	if err != nil {
		return want
	}
	return out
}

func (t typedParts[T]) Only(want cty.Value, part string) cty.Value {
	return t.keep(want, func(name string) bool { return name == part })
}

func (t typedParts[T]) Without(want cty.Value, parts []string) cty.Value {
	return t.keep(want, func(name string) bool { return !slices.Contains(parts, name) })
}

func (t Typed[T]) compare(wants []cty.Value) map[int][]*Problem {
	typed := make([]T, len(wants))
	for i, w := range wants {
		typed[i] = must[T](t.Kind, w)
	}
	return t.Compare(typed)
}
