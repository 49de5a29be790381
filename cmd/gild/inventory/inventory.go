// Package inventory is the list of what inspect can list of an image: the kinds
// of resources that have a List, and what has a reader but can't be declared yet.
package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/image"
	"github.com/gildhq/gild/providers"
)

// Inventory is one sort of things that an image holds.
type Inventory struct {
	Name      string   // as in the JSON of inspect and its flag -kind; of a kind its name
	Singleton bool     // an image holds it once
	Columns   []string // the attributes that a table shows
	// List returns everything of the sort in the image, each an object of the same
	// type, in an order that does not change; and notes of what could not be read.
	List func(ctx context.Context, s image.Session) (items []cty.Value, notes []string, err error)
}

// All returns every inventory. One that has become a kind belongs to the kinds alone.
func All(kinds []*providers.Provider) []Inventory {
	list := []Inventory{
		answerFiles(),
		firstBoot(),
		servicingStatus(),
	}
	for _, p := range kinds {
		if p.List != nil {
			list = append(list, ofKind(p))
		}
	}
	return list
}

// tableColumns is how many attributes a table shows of a kind whose schema marks none as
// a column; of one that an image holds once all are shown.
const tableColumns = 3

// columnsOf are the attributes that a table shows of a kind.
func columnsOf(p *providers.Provider) []string {
	var columns []string
	marked := slices.DeleteFunc(slices.Clone(p.Schema), func(a dsl.Attr) bool { return a.Column == 0 })
	slices.SortFunc(marked, func(a, b dsl.Attr) int { return a.Column - b.Column })
	for _, a := range marked {
		columns = append(columns, a.Name)
	}
	if columns != nil {
		return columns
	}
	for _, a := range p.Schema {
		if a.Key || p.Singleton && !a.Hint && !a.Sensitive || a.ValueType().IsPrimitiveType() && !a.Sensitive && len(columns) < tableColumns {
			columns = append(columns, a.Name)
		}
	}
	return columns
}

// ofKind is the inventory of a kind, without what is sensitive.
func ofKind(p *providers.Provider) Inventory {
	in := Inventory{Name: p.Kind, Singleton: p.Singleton, Columns: columnsOf(p)}
	in.List = func(ctx context.Context, s image.Session) ([]cty.Value, []string, error) {
		values, err := p.List(ctx, s)
		return withoutSecrets(p, values), nil, err
	}
	return in
}

// withoutSecrets makes the sensitive attributes of values null.
func withoutSecrets(p *providers.Provider, values []cty.Value) []cty.Value {
	out := make([]cty.Value, len(values))
	for i, v := range values {
		attrs := v.AsValueMap()
		for _, a := range p.Schema {
			if a.Sensitive {
				attrs[a.Name] = cty.NullVal(a.ValueType())
			}
		}
		out[i] = cty.ObjectVal(attrs)
	}
	return out
}

// values makes objects of what a reader returned: row gives a struct with an
// attribute's name in the tag of each field.
func values[T, R any](items []T, row func(T) R) ([]cty.Value, error) {
	var none R
	t, err := gocty.ImpliedType(none)
	if err != nil {
		return nil, fmt.Errorf("type of a row: %w", err)
	}
	out := make([]cty.Value, len(items))
	for i, item := range items {
		if out[i], err = gocty.ToCtyValue(row(item), t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// listed makes the List of an inventory from a reader.
func listed[T, R any](read func(context.Context, image.Session) ([]T, []string, error), row func(T) R) func(context.Context, image.Session) ([]cty.Value, []string, error) {
	return func(ctx context.Context, s image.Session) ([]cty.Value, []string, error) {
		items, notes, err := read(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		out, err := values(items, row)
		return out, notes, err
	}
}

// single makes the List of an inventory from a reader of one thing.
func single[T, R any](read func(context.Context, image.Session) (T, []string, error), row func(T) R) func(context.Context, image.Session) ([]cty.Value, []string, error) {
	return listed(func(ctx context.Context, s image.Session) ([]T, []string, error) {
		item, notes, err := read(ctx, s)
		return []T{item}, notes, err
	}, row)
}

// texts is a list that is not null.
func texts(list []string) []string { return append([]string{}, list...) }
