package view

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Holding is everything of one kind in an image.
type Holding struct {
	Name      string
	Singleton bool     // there is one item
	Columns   []string // the attributes to show in a table
	Items     []cty.Value
}

// MarshalJSON writes the items with plain values.
func (h Holding) MarshalJSON() ([]byte, error) {
	items := make([]ctyjson.SimpleJSONValue, len(h.Items))
	for i, v := range h.Items {
		items[i] = ctyjson.SimpleJSONValue{Value: v}
	}
	switch {
	case h.Singleton && len(items) == 0:
		return []byte("null"), nil
	case h.Singleton:
		return json.Marshal(items[0])
	}
	return json.Marshal(items)
}

// Add adds the items of a kind, and warnings about those that could not be read.
func (r *Inspection) Add(h Holding, notes []string) {
	r.holdings = append(r.holdings, h)
	slices.SortFunc(r.holdings, func(a, b Holding) int { return cmp.Compare(a.Name, b.Name) })
	r.Image.Warnings = append(r.Image.Warnings, notes...)
}

// Done merges the warnings of everything that was added, each once.
func (r *Inspection) Done() {
	seen := map[string]bool{}
	r.Image.Warnings = slices.DeleteFunc(r.Image.Warnings, func(w string) bool {
		again := seen[w]
		seen[w] = true
		return again
	})
}

// summary says in one line how much there is.
func (h Holding) summary() string {
	if h.Singleton && len(h.Items) == 0 {
		return "none"
	}
	if h.Singleton {
		return "-kind=" + h.Name + " shows it"
	}
	return fmt.Sprintf("%d; -kind=%s lists them", len(h.Items), h.Name)
}

// PrintHoldings prints tables of what an image holds.
func (r Inspection) PrintHoldings(s *Screen) {
	r.printTitle(s)
	for _, h := range r.holdings {
		if h.Singleton {
			s.out.printf("\n%s\n", s.out.paint(bold, h.Name))
			s.out.rows("  ", h.attributes())
			continue
		}
		s.out.printf("\n%s\n", s.out.paint(bold, fmt.Sprintf("%s (%d)", h.Name, len(h.Items))))
		s.out.rows("  ", h.table())
	}
	r.Image.printWarnings(s)
}

// attributes returns a row for each attribute.
func (h Holding) attributes() (rows [][]string) {
	for _, item := range h.Items {
		for _, name := range h.Columns {
			rows = append(rows, []string{heading(name), cell(item.GetAttr(name))})
		}
	}
	return rows
}

// table returns a row for each item, below a row of headings.
func (h Holding) table() [][]string {
	if len(h.Items) == 0 {
		return nil
	}
	rows := make([][]string, 1+len(h.Items))
	for _, name := range h.Columns {
		rows[0] = append(rows[0], strings.ToUpper(heading(name)))
		for i, item := range h.Items {
			rows[i+1] = append(rows[i+1], cell(item.GetAttr(name)))
		}
	}
	return rows
}

// heading is the name of an attribute in words.
func heading(name string) string { return strings.ReplaceAll(name, "_", " ") }

// cell is a value in one line, - for none.
func cell(v cty.Value) string {
	switch {
	case v.IsNull():
		return "-"
	case v.Type() == cty.Bool:
		if v.True() {
			return "yes"
		}
		return "no"
	case v.Type() == cty.String:
		return printable(v.AsString())
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case v.Type().IsObjectType():
		return fields(v)
	case v.LengthInt() == 0:
		return "-"
	}
	var list []string
	for _, e := range v.AsValueSlice() {
		list = append(list, cell(e))
	}
	return strings.Join(list, ", ")
}

// fields is an object in one line.
func fields(v cty.Value) string {
	var list []string
	for it := v.ElementIterator(); it.Next(); {
		name, e := it.Element()
		list = append(list, name.AsString()+"="+cell(e))
	}
	return strings.Join(list, " ")
}
