package providertest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/gildhq/gild/dsl"
	"github.com/gildhq/gild/providers"
)

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reservedKinds are the blocks and arguments of an image or a profile that are not
// resources.
var reservedKinds = []string{"variable", "locals", "profile", "image", "dynamic", "checkpoint", "var", "local", "each", "use"}

// reservedAttrs are the arguments that every resource has.
var reservedAttrs = []string{"ensure", "depends_on", "for_each", "dynamic", "on_error"}

// Validate returns all programming mistakes in a list of kinds.
func Validate(ps []*providers.Provider) error {
	var errs []error
	kinds := map[string]bool{}
	for i, p := range ps {
		if p == nil {
			errs = append(errs, fmt.Errorf("kind %d of the list is nil", i))
			continue
		}
		for _, err := range faults(p) {
			errs = append(errs, fmt.Errorf("kind %q: %w", p.Kind, err))
		}
		if kinds[p.Kind] {
			errs = append(errs, fmt.Errorf("kind %q is in the list twice", p.Kind))
		}
		kinds[p.Kind] = true
	}
	return errors.Join(errs...)
}

func faults(p *providers.Provider) []error {
	var errs []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	fault(!identifier.MatchString(p.Kind), "the name is not an identifier in lower case")
	fault(slices.Contains(reservedKinds, p.Kind), "the name means something else in a configuration")
	fault(p.Doc == "", "no Doc")
	fault(p.Phase == 0, "no Phase")
	fault(p.Read == nil && p.Expand == nil, "no Read")
	fault(len(p.Schema) == 0, "no Schema")
	hasKey := slices.ContainsFunc(p.Schema, func(a dsl.Attr) bool { return a.Key })
	fault(!p.Singleton && !hasKey && p.Expand == nil, "no attribute of the schema is a Key, and it is not a Singleton")
	fault(p.Read != nil && len(p.Ways) == 0, "no Ways")
	fault(p.Read == nil && (len(p.Ways) > 0 || p.List != nil || p.Resolve != nil || p.Claims != nil), "Ways, List, Resolve or Claims without Read")
	ways := map[string]bool{}
	for _, w := range p.Ways {
		fault(w.Name == "" || ways[w.Name], "way %q: no name of its own", w.Name)
		fault(w.Effect.Text == "", "way %q: no Effect", w.Name)
		fault(len(w.Needs) == 0, "way %q: no Needs", w.Name)
		fault(w.Apply == nil, "way %q: no Apply", w.Name)
		ways[w.Name] = true
	}
	return append(errs, schemaFaults(p.Schema, false)...)
}

func schemaFaults(schema dsl.Schema, nested bool) []error {
	var errs []error
	names, columns := map[string]bool{}, map[int]bool{}
	for _, a := range schema {
		if of := schema.Attr(a.FilesOf); a.FilesOf != "" && (of == nil || of.Payload == dsl.NoPayload) {
			errs = append(errs, fmt.Errorf("attribute %q: FilesOf names no payload", a.Name))
		}
		if columns[a.Column] {
			errs = append(errs, fmt.Errorf("attribute %q: column %d is there twice", a.Name, a.Column))
		}
		columns[a.Column] = a.Column != 0
		for _, err := range attrFaults(a, nested) {
			errs = append(errs, fmt.Errorf("attribute %q: %w", a.Name, err))
		}
		if names[a.Name] {
			errs = append(errs, fmt.Errorf("attribute %q: is there twice", a.Name))
		}
		names[a.Name] = true
	}
	return errs
}

func attrFaults(a dsl.Attr, nested bool) []error {
	var errs []error
	fault := func(wrong bool, text string) {
		if wrong {
			errs = append(errs, errors.New(text))
		}
	}
	fault(!identifier.MatchString(a.Name), "the name is not an identifier in lower case")
	fault(!nested && slices.Contains(reservedAttrs, a.Name), "every resource has an argument of this name")
	fault(a.Doc == "", "no Doc")
	fault(a.Nested == nil && a.Type == cty.NilType, "no Type")
	fault(a.Key && nested, "a Key in a nested block")
	fault(a.Key && (a.Computed || a.Hint), "a Key must be written by the author and be compared")
	fault(a.Key && a.Sensitive, "a Key is shown, so it can't be Sensitive")
	fault(a.Computed && a.Required, "a Computed attribute can't be Required")
	hasDefault := a.Default != cty.NilVal
	fault(a.Required && hasDefault, "a Required attribute has no use for a Default")
	fault(a.Computed && hasDefault, "a Computed attribute can't have a Default")
	if a.Nested != nil {
		return append(errs, schemaFaults(a.Nested, true)...)
	}
	fault(hasDefault && (a.Default.IsNull() || len(a.Default.Type().TestConformance(a.Type)) > 0), "the Default is not of the Type")
	fault(a.Values != nil && !isText(a.Type), "Values are for strings")
	if a.Values != nil && hasDefault && a.Type == cty.String && !a.Default.IsNull() {
		fault(!slices.Contains(a.Values, a.Default.AsString()), "the Default is not one of the Values")
	}
	return errs
}

func isText(t cty.Type) bool {
	if t.IsListType() || t.IsSetType() {
		t = t.ElementType()
	}
	return t == cty.String
}
